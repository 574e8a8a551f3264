"""The traffic mix of 3GPP TR 45.820, annex E (recalled): what a sector's devices send and get.

Four devices in five report of their own accord and hear an acknowledgement of every other report.
The fifth gets commands and answers every other one. All get new software twice a year.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from heapq import merge

import numpy as np
from numpy.typing import NDArray

from ..clockwork import US_PER_S
from .sector import AREA_KM2

Number = float | NDArray[np.float64]

HOUSEHOLDS_PER_KM2 = 1517
"""London."""
DEVICES_PER_HOUSEHOLD = 40
DEVICES_PER_SECTOR = round(HOUSEHOLDS_PER_KM2 * DEVICES_PER_HOUSEHOLD * AREA_KM2)

REPORTING_SHARE = 0.8
INTERVALS_S = (86_400, 7_200, 3_600, 1_800)
INTERVAL_SHARES = (0.40, 0.40, 0.15, 0.05)
UPDATE_INTERVAL_S = 180 * 86_400
ANSWERED_SHARE = 0.5
"""Of reports, those with an acknowledgement; of commands, those with a response."""
COMMAND_BYTES = 20
ACKNOWLEDGEMENT_BYTES = 0

OVERHEAD_BYTES = 65
"""Above the application: CoAP 4, DTLS 13, UDP 8, IPv6 40."""
COMPRESSED_OVERHEAD_BYTES = 29
"""The same with compressed headers."""

NOTHING = -1
"""Of bytes: no packet goes that way."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """A Pareto distribution of whole bytes from `least`, all beyond `cap` taken as `cap`."""

    shape: float
    least: int
    cap: int

    def at(self, uniform: Number) -> Number:
        """Return the sizes for draws from (0, 1], before rounding."""
        size: Number = np.minimum(self.least * np.power(uniform, -1 / self.shape), self.cap)
        return size


REPORT_SIZES = Sizes(2.5, 20, 200)
UPDATE_SIZES = Sizes(1.5, 200, 2000)


class Kind(IntEnum):
    """What starts an exchange."""

    REPORT = 0
    COMMAND = 1
    UPDATE = 2


def reports_per_s(devices: int = DEVICES_PER_SECTOR) -> float:
    """Return how many reports and commands there are; software updates apart.

    >>> DEVICES_PER_SECTOR, round(reports_per_s(), 2)
    (52547, 6.81)
    """
    each = sum(share / s for s, share in zip(INTERVALS_S, INTERVAL_SHARES, strict=True))
    return devices * each


@dataclass(frozen=True, slots=True)
class Messages:
    """Exchanges in the order of their time; bytes are the application's, NOTHING for none."""

    device: NDArray[np.int32]
    time_us: NDArray[np.int64]
    kind: NDArray[np.uint8]
    up_bytes: NDArray[np.int32]
    down_bytes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.device)


class Population:
    """`devices` devices with their habits: interval, phase, and whether they report."""

    def __init__(self, devices: int, generator: np.random.Generator) -> None:
        self.is_reporting = generator.random(devices) < REPORTING_SHARE
        interval_s = generator.choice(INTERVALS_S, devices, p=INTERVAL_SHARES)
        self._interval_us = interval_s.astype(np.int64) * US_PER_S
        self._phase_us = (generator.random(devices) * self._interval_us).astype(np.int64)
        self._update_us = np.full(devices, UPDATE_INTERVAL_S * US_PER_S, np.int64)
        self._update_phase_us = (generator.random(devices) * self._update_us).astype(np.int64)

    def messages(self, begin_us: int, end_us: int, generator: np.random.Generator) -> Messages:
        """Return what happens from `begin_us` to before `end_us`."""
        device, time_us = _due(self._interval_us, self._phase_us, begin_us, end_us)
        kind = np.where(self.is_reporting[device], Kind.REPORT, Kind.COMMAND)
        updated, update_us = _due(self._update_us, self._update_phase_us, begin_us, end_us)
        device = np.concatenate([device, updated])
        time_us = np.concatenate([time_us, update_us])
        kind = np.concatenate([kind, np.full(len(updated), Kind.UPDATE)]).astype(np.uint8)
        order = np.argsort(time_us, kind="stable")
        device, time_us, kind = device[order], time_us[order], kind[order]
        up_bytes, down_bytes = _bytes(kind, generator)
        return Messages(device.astype(np.int32), time_us, kind, up_bytes, down_bytes)


def _due(
    interval_us: NDArray[np.int64], phase_us: NDArray[np.int64], begin_us: int, end_us: int
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    first = -((phase_us - begin_us) // interval_us)
    count = np.maximum(-((phase_us - end_us) // interval_us) - first, 0)
    device = np.repeat(np.arange(len(interval_us)), count)
    number = np.arange(len(device)) - np.repeat(np.cumsum(count) - count, count)
    return device, phase_us[device] + (first[device] + number) * interval_us[device]


def _bytes(
    kind: NDArray[np.uint8], generator: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    size = np.asarray(REPORT_SIZES.at(1 - generator.random(len(kind))))
    answered = generator.random(len(kind)) < ANSWERED_SHARE
    image = np.asarray(UPDATE_SIZES.at(1 - generator.random(len(kind))))
    up = np.where((kind == Kind.REPORT) | ((kind == Kind.COMMAND) & answered), size, NOTHING)
    down = np.choose(
        kind, [np.where(answered, ACKNOWLEDGEMENT_BYTES, NOTHING), COMMAND_BYTES, image]
    )
    return np.rint(up).astype(np.int32), np.rint(down).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Message:
    """One exchange of one device, as in Messages."""

    time_us: int
    kind: Kind
    up_bytes: int
    down_bytes: int


def of_one_device(random: random.Random) -> Iterator[Message]:
    """Yield the exchanges of one device without end, in the order of their time."""
    kind = Kind.REPORT if random.random() < REPORTING_SHARE else Kind.COMMAND
    (interval_s,) = random.choices(INTERVALS_S, INTERVAL_SHARES)
    own = _every(random, interval_s, kind)
    updates = _every(random, UPDATE_INTERVAL_S, Kind.UPDATE)
    for time_us, what in merge(own, updates):
        size = round(float(REPORT_SIZES.at(1 - random.random())))
        answered = random.random() < ANSWERED_SHARE
        if what is Kind.REPORT:
            yield Message(time_us, what, size, ACKNOWLEDGEMENT_BYTES if answered else NOTHING)
        elif what is Kind.COMMAND:
            yield Message(time_us, what, size if answered else NOTHING, COMMAND_BYTES)
        else:
            image = round(float(UPDATE_SIZES.at(1 - random.random())))
            yield Message(time_us, what, NOTHING, image)


def _every(random: random.Random, interval_s: int, kind: Kind) -> Iterator[tuple[int, Kind]]:
    interval_us = interval_s * US_PER_S
    time_us = int(random.random() * interval_us)
    while True:
        yield time_us, kind
        time_us += interval_us
