"""What meters send and when, as their app and the protocol have it, for very many at a time."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from random import Random
from typing import Any, cast

import numpy as np

from linli_firmware.spread import spread
from linli_protocol import codes, deltas, messages
from linli_protocol.cutter import MARK_LENGTH, overhead
from linli_protocol.receipts import Receipts
from linli_protocol.types import Fields

from ..clockwork import US_PER_H, US_PER_S
from ..lora.lorawan import MAX_PAYLOAD_BYTES
from ..people.water import draws
from ..streams import stream
from ..twins.twin import FIRMWARE
from .frames import Ints
from .world import Joining

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
    return _bytes(messages.ACKNOWLEDGEMENT, _receipt())


def joining(within_s: float, utc_offset_min: int) -> Joining:
    """Return how meters join and are told the time, the first request `within_s`."""
    nonce = bytes(messages.NONCE_LENGTH)
    time = {"time": _UNIX_S, "utc_offset_min": utc_offset_min}
    greeting = {
        "device_kind": codes.METER,
        "firmware": FIRMWARE,
        "boots": 1,
        "reset_cause": codes.POWER_ON,
    }
    return Joining(
        within_s,
        _bytes(messages.JOIN_REQUEST, {"nonce": nonce, "device_kind": codes.METER}),
        _bytes(messages.JOIN_ACCEPT, {"nonce": nonce, "epoch": 0, **time}),
        _bytes(messages.HELLO, greeting),
        _bytes(messages.TIME, {**time, **_receipt()}),
    )


def _receipt() -> Fields:
    receipts = Receipts()
    receipts.done(1)
    return dict(receipts.fields(MAX_PAYLOAD_BYTES))


class ReportSizes:
    """The mean lengths of packets with the registers of households that draw at random.

    Registers grow, and what they are sent in: of a run of `duration_h` the last day counts, or the
    second one if it comes before.
    """

    def __init__(
        self, seed: int, start: datetime, litres_per_day: float, duration_h: float
    ) -> None:
        self._last_hour = round(min(max(duration_h, _HOURS // 2), _HOURS))
        self._registers = [
            _registers(stream(seed, "sample of draws", number), start, litres_per_day)
            for number in range(_HOUSEHOLDS)
        ]

    def first(self, hours: int) -> int:
        """Return that of a meter's first report, of its first `hours`."""
        return round(np.mean([_packet_bytes(each[1 : hours + 2]) for each in self._registers]))

    def later(self, hours: int) -> int:
        """Return that of a report of `hours` at any time of the day."""
        first = max(self._last_hour - _HOURS // 2, hours)
        ends = range(first, self._last_hour + 1, max(hours // 4, 1))
        return round(
            np.mean(
                [
                    _packet_bytes(each[end - hours : end + 1])
                    for each in self._registers
                    for end in ends
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
    return _bytes(messages.READINGS, fields)


def _bytes(kind: int, fields: Fields) -> int:
    """Return the length of the packet of a message of `kind`."""
    mark = MARK_LENGTH if messages.flags(kind) & messages.RELIABLE else 0
    return overhead(kind) + mark + len(messages.encode(kind, fields))
