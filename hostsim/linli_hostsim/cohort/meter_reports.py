"""What meters report and when, as their app and the protocol have it, for very many at a time."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from random import Random
from typing import Any, cast

import numpy as np

from linli_firmware.spread import spread
from linli_protocol import deltas, messages
from linli_protocol.cutter import MARK_LENGTH, overhead
from linli_protocol.receipts import Receipts

from ..clockwork import US_PER_H, US_PER_S
from ..lora.lorawan import MAX_PAYLOAD_BYTES
from ..people.water import draws
from ..streams import stream
from .frames import Ints

HOUR_S = 3_600

_HOUSEHOLDS = 40
_HOURS = 48
# A time that takes as many bytes as any of this century.
_UNIX_S = 1_741_000_000


def first_reports(devices: Ints, interval_s: int, unix_s: int) -> tuple[Ints, Ints]:
    """Return when devices send their first reports, and of how many hours.

    Times are in µs from `unix_s`, when all of them begin. A report is the differences of the
    registers, which are frozen on the hour, so that it takes two of them.
    """
    # The same arithmetic for an array as for one.
    offset_s: Ints = cast(Any, spread)(devices, interval_s)
    due_s = (offset_s - unix_s) % interval_s
    earliest_s = (unix_s // HOUR_S + 2) * HOUR_S - unix_s
    due_s += np.maximum(-((due_s - earliest_s) // interval_s), 0) * interval_s
    registers = (unix_s + due_s) // HOUR_S - unix_s // HOUR_S
    return due_s * US_PER_S, registers - 1


def acknowledgement_bytes() -> int:
    """Return the length of the packet that acknowledges one message."""
    receipts = Receipts()
    receipts.done(1)
    head = overhead(messages.ACKNOWLEDGEMENT)
    fields = receipts.fields(MAX_PAYLOAD_BYTES - head)
    return head + len(messages.encode(messages.ACKNOWLEDGEMENT, fields))


def join_accept_bytes() -> int:
    """Return the length of the packet that tells a device the time."""
    fields = {
        "nonce": bytes(messages.NONCE_LENGTH),
        "epoch": 1,
        "time": _UNIX_S,
        "utc_offset_min": 480,
    }
    return overhead(messages.JOIN_ACCEPT) + len(messages.encode(messages.JOIN_ACCEPT, fields))


class ReportSizes:
    """The mean lengths of packets with the registers of households that draw at random."""

    def __init__(self, seed: int, start: datetime, litres_per_day: float) -> None:
        self._registers = [
            _registers(stream(seed, "sample of draws", number), start, litres_per_day)
            for number in range(_HOUSEHOLDS)
        ]

    def first(self, hours: int) -> int:
        """Return that of a meter's first report, of its first `hours`."""
        return round(np.mean([_packet_bytes(each[1 : hours + 2]) for each in self._registers]))

    def later(self, hours: int) -> int:
        """Return that of a report of `hours` at any time of the day."""
        return round(
            np.mean(
                [
                    _packet_bytes(each[end - hours : end + 1])
                    for each in self._registers
                    for end in range(24, _HOURS, max(hours // 4, 1))
                ]
            )
        )


def _registers(random: Random, start: datetime, litres_per_day: float) -> list[int]:
    """Return a meter's litres at each full hour, from 0 at the beginning."""
    flowed_ml = np.zeros(_HOURS + 1, np.int64)
    for time_us, draw in draws(random, start, litres_per_day):
        hour = -(-(time_us + draw.duration_us) // US_PER_H)
        if hour > _HOURS:
            break
        flowed_ml[hour] += draw.volume_ml
    litres: list[int] = (np.cumsum(flowed_ml) // 1000).tolist()
    return litres


def _packet_bytes(litres: Sequence[int]) -> int:
    steps = [after - before for before, after in pairwise(litres)]
    fields = {"time": _UNIX_S, "volume_l": litres[-1], "deltas": deltas.encode(steps)}
    body = messages.encode(messages.READINGS, fields)
    return overhead(messages.READINGS) + MARK_LENGTH + len(body)
