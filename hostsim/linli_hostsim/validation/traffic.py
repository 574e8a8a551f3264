"""The load and the sizes of TR 45.820's traffic mix, as the simulator draws it."""

from collections.abc import Sequence

import numpy as np

from ..clockwork import US_PER_H
from ..nbiot.sector import AREA_KM2
from ..nbiot.traffic import DEVICES_PER_SECTOR, UPDATE_SIZES, Kind, Population
from ..streams import generator
from .check import EXACT, STANDARD_ERRORS, Check, Experiment, Group, Tolerance

_RECALLED = "3GPP TR 45.820 annex E, recalled"
_DERIVED = "derived from 3GPP TR 45.820 annex E, recalled"
_DAY_S = 86_400
_UPDATES = 500_000
_CHANCE = Tolerance(standard_errors=STANDARD_ERRORS)
_WHOLE_BYTES = Tolerance(absolute=0.6)


def _sector(_: int) -> Sequence[float]:
    return [DEVICES_PER_SECTOR, float(AREA_KM2)]


def _day(number: int) -> Sequence[float]:
    """Return loads of a sector's day, and the sizes of its reports."""
    random = generator(number, "traffic", "day")
    messages = Population(DEVICES_PER_SECTOR, random).messages(0, 24 * US_PER_H, random)
    reports = np.count_nonzero(messages.kind == Kind.REPORT)
    commands = np.count_nonzero(messages.kind == Kind.COMMAND)
    sizes = messages.up_bytes[messages.kind == Kind.REPORT]
    return [
        (reports + commands) / _DAY_S,
        reports / _DAY_S,
        commands / _DAY_S,
        (reports + commands) / DEVICES_PER_SECTOR,
        float(sizes.mean()),
        *np.quantile(sizes, (0.5, 0.9, 0.99)).tolist(),
        float(np.mean(sizes >= 200)),
    ]


def _images(number: int) -> Sequence[float]:
    draws = 1 - generator(number, "traffic", "updates").random(_UPDATES)
    return [float(np.mean(UPDATE_SIZES.at(draws)))]


def group() -> Group:
    """Return the checks of the traffic mix."""
    sector = [
        Check("traffic/devices", "devices in a sector", "", 52_547, EXACT, _RECALLED),
        Check("traffic/area", "sector", "km²", 0.86597, Tolerance(absolute=5e-6), _DERIVED, 1),
    ]
    # Name, quantity, unit, theirs, tolerance.
    figures: list[tuple[str, str, str, float, Tolerance]] = [
        ("load", "reports and commands", "1/s", 6.81, Tolerance(relative=0.005)),
        ("load-reports", "reports", "1/s", 5.45, Tolerance(relative=0.01)),
        ("load-commands", "commands", "1/s", 1.36, Tolerance(relative=0.02)),
        (
            "load-device",
            "reports and commands of a device",
            "1/day",
            11.2,
            Tolerance(relative=0.005),
        ),
        ("report-mean", "report: mean", "B", 32.91, _CHANCE),
        ("report-p50", "report: median", "B", 26.39, _WHOLE_BYTES),
        ("report-p90", "report: 90th percentile", "B", 50.24, _WHOLE_BYTES),
        ("report-p99", "report: 99th percentile", "B", 126.2, Tolerance(relative=0.02)),
        ("report-cap", "report: share of 200 B", "", 0.00316, Tolerance(relative=0.05)),
    ]
    day = [
        Check(f"traffic/{name}", quantity, unit, theirs, tolerance, _DERIVED, place)
        for place, (name, quantity, unit, theirs, tolerance) in enumerate(figures)
    ]
    image = Check("traffic/update-mean", "software update: mean", "B", 473.5, _CHANCE, _DERIVED)
    return Group(
        "traffic",
        "NB-IoT: the traffic mix of TR 45.820",
        "days of a sector's messages as the simulator draws them; sizes in whole bytes",
        [
            Experiment(sector, _sector),
            Experiment(day, _day, 20, 10),
            Experiment([image], _images, 20, 10),
        ],
    )
