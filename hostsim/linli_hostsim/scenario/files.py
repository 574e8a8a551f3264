"""Scenarios as TOML: those that come with Linli, and anybody's files."""

import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from linli_hub.mistakes import explain

from .errors import NoScenarioError, ScenarioError
from .model import Scenario

SUFFIX = ".toml"
_SHIPPED = files("linli_hostsim") / "scenarios"


def shipped() -> list[str]:
    """Return the names of the scenarios that come with Linli."""
    return sorted(
        entry.name.removesuffix(SUFFIX)
        for entry in _SHIPPED.iterdir()
        if entry.name.endswith(SUFFIX)
    )


def read(path_or_name: str) -> str:
    """Return the TOML text of a shipped scenario or a file; ScenarioError when there is none."""
    if path_or_name in shipped():
        return (_SHIPPED / (path_or_name + SUFFIX)).read_text(encoding="utf-8")
    try:
        return Path(path_or_name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoScenarioError(
            f"{path_or_name}: neither a readable file ({error}) nor one of the shipped scenarios: "
            + ", ".join(shipped())
        ) from error


def parse(text: str, origin: str) -> Scenario:
    """Return the scenario that `text` describes; ScenarioError names `origin` and every mistake."""
    try:
        return Scenario.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError(f"{origin}: not TOML: {error}") from error
    except ValidationError as error:
        raise ScenarioError(explain(error, Scenario, origin)) from error


def load(path_or_name: str) -> Scenario:
    """Return the shipped scenario of that name, or the one in that file; see `read` and `parse`."""
    return parse(read(path_or_name), path_or_name)
