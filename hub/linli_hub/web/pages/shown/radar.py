"""The risk radar as a page shows it: a drawing and a table of the indicators, and the incidents.

In the drawing each indicator has a spoke, on which nothing is near the middle. Its thresholds lie
on two rings that all share: a value at amber is on the first, at red on the second, ten times red
and beyond on the rim.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ....desk.radar import Clock as DeskClock
from ....desk.radar import GradedIncident
from ....risk.incidents import Verdict
from ....risk.indicators import Level, Reading
from ..formats import address

_WIDTH, _HEIGHT = 560, 380
_MIDDLE_X, _MIDDLE_Y = _WIDTH / 2, _HEIGHT / 2
_RIM = 150.0
_CORE = _RIM * 0.08
_AMBER = _RIM * 0.45
_RED = _RIM * 0.8
_BEYOND = 10
_SIGNS = {Level.GREEN: "good", Level.AMBER: "watch", Level.RED: "bad", Level.UNKNOWN: ""}


@dataclass(frozen=True, slots=True)
class Spoke:
    """An indicator's direction: where its spoke ends, and where its name stands."""

    name: str
    level: str
    x: float
    y: float
    text_x: float
    text_y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Point:
    """An indicator's value."""

    x: float
    y: float
    level: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The radar in a rectangle; `shape` is a polygon's points as SVG has them."""

    spokes: tuple[Spoke, ...]
    points: tuple[Point, ...]
    shape: str
    width: int = _WIDTH
    height: int = _HEIGHT
    middle_x: float = _MIDDLE_X
    middle_y: float = _MIDDLE_Y
    rim: float = _RIM
    amber: float = _AMBER
    red: float = _RED


@dataclass(frozen=True, slots=True)
class Row:
    """An indicator in words and figures."""

    name: str
    level: str
    sign: str
    value: str
    amber: str
    red: str


@dataclass(frozen=True, slots=True)
class Clock:
    """How a clock of an incident stands; it runs until `due_us`, if it runs."""

    name: str
    verdict: str
    is_running: bool
    due_us: int


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that went wrong, with the clocks of its grade."""

    grade: str
    what: str
    device: str | None
    start_us: int | None
    is_open: bool
    level: str
    clocks: tuple[Clock, ...]


def drawing(readings: Sequence[Reading]) -> Drawing:
    """Return the radar of these readings, the first one upwards, then clockwise."""
    spokes, points, shape = [], [], []
    for place, reading in enumerate(readings):
        angle = 2 * math.pi * place / len(readings)
        level = reading.level.value
        x, y = _at(angle, _RIM)
        text_x, text_y = _at(angle, _RIM + 14)
        spokes.append(
            Spoke(reading.indicator.name, level, x, y, text_x, text_y + 4, _anchor(text_x))
        )
        at = _at(angle, distance(reading))
        shape.append(f"{at[0]},{at[1]}")
        if reading.value is not None:
            points.append(Point(*at, level))
    return Drawing(tuple(spokes), tuple(points), " ".join(shape))


def distance(reading: Reading) -> float:
    """Return how far from the middle a value is drawn."""
    value, amber, red = reading.value, reading.indicator.amber, reading.indicator.red
    if value is None or value <= 0:
        return _CORE
    if value <= amber:
        return _CORE + (_AMBER - _CORE) * value / amber
    if value <= red:
        return _AMBER + (_RED - _AMBER) * (value - amber) / (red - amber)
    return _RED + (_RIM - _RED) * min(math.log(value / red, _BEYOND), 1.0)


def row(reading: Reading) -> Row:
    """Return an indicator as the table has it."""
    indicator = reading.indicator
    return Row(
        indicator.name,
        reading.level.value,
        _SIGNS[reading.level],
        "–" if reading.value is None else _figure(reading.value, indicator.unit),
        _figure(indicator.amber, indicator.unit),
        _figure(indicator.red, indicator.unit),
    )


def incident(found: GradedIncident) -> Incident:
    """Return an incident as the table has it."""
    is_missed = any(each.verdict is Verdict.MISSED for each in found.clocks)
    level = "bad" if found.is_open and is_missed else "watch" if found.is_open else ""
    return Incident(
        str(int(found.grade)),
        found.what,
        None if found.device is None else address(found.device),
        found.begun_us,
        found.is_open,
        level,
        tuple(_clock(each, found.is_open) for each in found.clocks),
    )


def _clock(clock: DeskClock, is_open: bool) -> Clock:
    runs = clock.verdict is Verdict.RUNNING or (clock.verdict is Verdict.MISSED and is_open)
    is_running = runs and clock.due_us is not None
    return Clock(clock.name, clock.verdict.value, is_running, clock.due_us or 0)


def _figure(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value * 100:.3g} %"
    figure = f"{value:.3g}" if value < 1000 else f"{value:.0f}"
    return f"{figure} {_UNITS.get(unit, unit)}"


# Those that every language writes alike.
_UNITS = {"packets/message": "", "packets/h": "/h", "/day, 1000 devices": "/d"}


def _at(angle: float, radius: float) -> tuple[float, float]:
    x = _MIDDLE_X + radius * math.sin(angle)
    y = _MIDDLE_Y - radius * math.cos(angle)
    return round(x, 1), round(y, 1)


def _anchor(x: float) -> str:
    if abs(x - _MIDDLE_X) < 5:
        return "middle"
    return "start" if x > _MIDDLE_X else "end"
