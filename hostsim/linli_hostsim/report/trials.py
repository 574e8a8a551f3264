"""What a folder of trials holds: designs, each with the figures of its replications."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import duckdb

from .. import scenario
from ..experiments.intervals import MeanInterval, mean_interval
from ..experiments.trial import code_version

Figures = Mapping[str, float | None]


class TrialsError(Exception):
    """A folder without trials that can be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Design:
    """Settings with the figures of one trial a seed.

    `devices` and `gateways` are those of the scenario that the settings make, its text is `toml`.
    """

    settings: Mapping[str, str]
    figures: Sequence[Figures]
    toml: str
    devices: int
    gateways: int

    def values(self, figure: str) -> list[float]:
        """Return what the trials that have a figure say."""
        return [value for each in self.figures if (value := each.get(figure)) is not None]

    def interval(self, figure: str) -> MeanInterval | None:
        """Return the mean with its 95 % interval, infinite where one trial has it; None: none."""
        values = self.values(figure)
        if len(values) == 1:
            return MeanInterval(values[0], float("inf"), 1)
        return mean_interval(values) if values else None


@dataclass(frozen=True, slots=True)
class Trials:
    """The trials of one scenario with one version of the code."""

    name: str
    designs: Sequence[Design]
    seeds: Sequence[int]
    hours: Sequence[float | None]
    code: str

    @property
    def factors(self) -> dict[str, list[str]]:
        """The settings that differ between designs, with their values in the order of coming."""
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for design in self.designs:
            for key, value in design.settings.items():
                found[key][value] = None
        return {key: list(values) for key, values in found.items() if len(values) > 1}


def read(folder: Path) -> Trials:
    """Return the trials of a folder; TrialsError.

    Where it has those of several scenarios or versions of the code: of this code if there are any,
    and of what there is most.
    """
    try:
        rows = duckdb.execute(
            "SELECT DISTINCT ON (key) scenario, code, settings, seed, hours, figures, "
            "scenario_toml FROM read_parquet(?) ORDER BY key",
            [str(folder / "*.parquet")],
        ).fetchall()
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise TrialsError(f"{folder}: neither a run nor a plan, and no trials: {reason}") from error
    if not rows:
        raise TrialsError(f"{folder}: no trial is finished")
    origins = Counter((name, code) for name, code, *_ in rows)
    chosen = max(origins, key=lambda origin: (origin[1] == code_version(), origins[origin], origin))
    mine = [row[2:] for row in rows if row[:2] == chosen]
    found: defaultdict[tuple[tuple[str, str], ...], list[Figures]] = defaultdict(list)
    texts: dict[tuple[tuple[str, str], ...], str] = {}
    for settings, _, _, figures, text in mine:
        design = tuple(settings.items())
        found[design].append(figures)
        texts[design] = text
    return Trials(
        chosen[0],
        [
            _design(dict(settings), found[settings], texts[settings])
            for settings in sorted(found, key=lambda each: [number_or(value) for _, value in each])
        ],
        sorted({seed for _, seed, *_ in mine}),
        list({hours for _, _, hours, *_ in mine}),
        chosen[1],
    )


def number_or(text: str) -> tuple[float, str]:
    """Return what sorts numbers by their value, and before all other texts."""
    try:
        return float(text), ""
    except ValueError:
        return inf, text


def _design(settings: Mapping[str, str], figures: Sequence[Figures], text: str) -> Design:
    described = scenario.parse(text, "a trial")
    devices = sum(group.number(described.households) for group in described.devices)
    return Design(settings, figures, text, devices, described.lora.gateways)
