"""A trial: one run of a scenario with some of its settings changed, and what it is judged by."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from .. import scenario
from ..clockwork import US_PER_H, US_PER_S
from ..run import run
from .settings import with_settings
from .warm_up import figures_after, warm_up_us

# The packages whose code a simulation runs, and those of others that decide its results.
_SOURCES = ("linli_firmware", "linli_hostsim", "linli_hub", "linli_protocol")
_LIBRARIES = ("linli", "numpy", "simpy")

MSER5: Final = "mser5"
WARM_UP = "warm_up_s"


@dataclass(frozen=True, slots=True)
class Trial:
    """A scenario's text, what is set in it (see settings.with_settings), and how it is run.

    `hours` None stands for the scenario's duration. The first `warm_up` hours do not count (see
    warm_up.figures_after); MSER5 finds out how many.
    """

    scenario_toml: str
    settings: Mapping[str, object]
    seed: int
    hours: float | None = None
    warm_up: float | Literal["mser5"] = 0.0

    @property
    def toml(self) -> str:
        """The text of the scenario with its settings; SettingError names one that cannot be."""
        return with_settings(self.scenario_toml, self.settings)

    @property
    def key(self) -> str:
        """A name for all that decides the results, code included: SHA-256 in hex."""
        parts = [
            self.scenario_toml,
            self.settings,
            self.seed,
            self.hours,
            self.warm_up,
            code_version(),
        ]
        text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def __str__(self) -> str:
        """Name the settings and the seed, for messages."""
        settings = [f"{key}={value}" for key, value in self.settings.items()]
        return ", ".join([*settings, f"seed {self.seed}"])


def perform(trial: Trial) -> dict[str, float | None]:
    """Simulate a trial and return its figures (see figures.FIGURES).

    Where MSER-5 was to find the warm-up there is also WARM_UP, None when the run is too short to
    tell: then all of it counts. SettingError or ScenarioError when its settings are no scenario.
    """
    text = trial.toml
    found = scenario.parse(text, str(trial))
    results = run(found, scenario_toml=text, seed=trial.seed, hours=trial.hours)
    if trial.warm_up != MSER5:
        return figures_after(results, round(trial.warm_up * US_PER_H))
    cut_us = warm_up_us(results)
    return figures_after(results, cut_us or 0) | {
        WARM_UP: None if cut_us is None else cut_us / US_PER_S
    }


@cache
def code_version() -> str:
    """Return the versions of linli, numpy and simpy and a hash of the sources that a run uses."""
    digest = hashlib.sha256()
    for package in _SOURCES:
        spec = find_spec(package)
        assert spec is not None and spec.origin is not None
        root = Path(spec.origin).parent
        for path in sorted(root.rglob("*.py")):
            content = path.read_bytes()
            name = f"{package}/{path.relative_to(root).as_posix()}"
            digest.update(f"{name} {len(content)}\n".encode() + content)
    versions = [f"{name} {version(name)}" for name in _LIBRARIES]
    return ", ".join([*versions, f"sources {digest.hexdigest()[:16]}"])
