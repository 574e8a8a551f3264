"""The scenario that a command is given, by its name or as a file."""

from typing import TYPE_CHECKING

import typer

from .failure import Failure

if TYPE_CHECKING:
    from linli_hostsim.scenario import Scenario


def load_scenario(path_or_name: str) -> "Scenario":
    """Return the scenario; wrong usage when there is none, Failure when it has mistakes."""
    from linli_hostsim.scenario import NoScenarioError, ScenarioError, load

    try:
        return load(path_or_name)
    except NoScenarioError as error:
        raise typer.BadParameter(str(error)) from error
    except ScenarioError as error:
        raise Failure(str(error)) from error
