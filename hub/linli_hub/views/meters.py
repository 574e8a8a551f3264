"""What meters show, what was used in which hour and on which day, and what is wrong.

Use by the hour needs consent. It was stored with the consent of the household that the meter was in
at that time; where that is not in force any more it is not shown.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from struct import Struct
from typing import Any

from linli_protocol import codes, deltas, words

from ..privacy import MESSAGE, PLACED, Purpose
from ..projections import Event, Projection
from ..storage import Transaction
from .conditions import AFFECTED, begins
from .moments import happened_us

_HOUR_S = 3600
_FLAGS = tuple(words.METER_FLAGS.values())
_ASKED_AT_ONCE = 64
_RESTING = (
    "SELECT known.device FROM meter_conditions AS known "
    "LEFT JOIN meter_homes ON meter_homes.device = known.device "
    f"WHERE known.device IN ({', '.join('?' * _ASKED_AT_ONCE)}) "
    f"AND known.name IN ({', '.join('?' * len(_FLAGS))}) AND holds = 0 "
    "AND COALESCE(known.household, -1) = COALESCE(meter_homes.household, -1) "
    "GROUP BY known.device HAVING COUNT(*) = ?"
)
_CONDITIONS = frozenset(_FLAGS) | {"meter absent"}
# Time in Unix s, forward and reverse volume in ml, of 48 bits each: linli_firmware.apps.registers.
_REGISTERS = Struct(">IHIHI")
_FROZEN = (codes.DAILY_REGISTERS, codes.MONTHLY_REGISTERS)


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter: its newest register, and since when (Unix µs) which conditions have held."""

    device: int
    time_s: int
    volume_ml: int
    conditions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Use:
    """What was used from `begin_s` to `end_s`, Unix s."""

    begin_s: int
    end_s: int
    volume_ml: int


def meters(transaction: Transaction) -> list[Meter]:
    """Return all meters that have told their register, by address."""
    conditions: dict[int, dict[str, int]] = {}
    for device, name, time_us in transaction.query(
        "SELECT device, name, time_us FROM meter_conditions WHERE holds = 1 ORDER BY name"
    ):
        conditions.setdefault(device, {})[name] = time_us
    found = transaction.query(
        "SELECT register.device, time_s, MAX(volume_ml) FROM meter_registers AS register "
        "JOIN (SELECT device, MAX(time_s) AS newest_s FROM meter_registers GROUP BY device) "
        "AS newest ON newest.device = register.device AND newest_s = time_s "
        "GROUP BY register.device, time_s ORDER BY register.device"
    )
    return [
        Meter(device, time_s, int(volume_ml), conditions.get(device, {}))
        for device, time_s, volume_ml in found
    ]


def hourly(transaction: Transaction, device: int, begin_s: int, end_s: int) -> list[Use]:
    """Return a meter's use in the intervals that end after `begin_s`, up to `end_s`."""
    found = transaction.query(
        "SELECT meter_use.begin_s, meter_use.end_s, volume_ml FROM meter_use LEFT JOIN consents "
        "ON consents.household = meter_use.household AND consents.purpose = ? "
        "WHERE device = ? AND meter_use.end_s > ? AND meter_use.end_s <= ? "
        "AND (meter_use.household IS NULL OR consents.given = 1) ORDER BY number",
        [Purpose.CONSUMPTION_PROFILE, device, begin_s, end_s],
    )
    # Of what was told twice the last counts.
    uses = {end: Use(begin, end, volume_ml) for begin, end, volume_ml in found}
    return [uses[end] for end in sorted(uses)]


def daily(
    transaction: Transaction, device: int, begin_s: int, end_s: int, zone: tzinfo
) -> list[Use]:
    """Return a meter's use between the last registers of days, from `begin_s` to `end_s`.

    A register at midnight ends the day before. A day without a register counts to the next one;
    nothing is said of what was before a meter's register fell, for it is another meter.
    """
    last: dict[object, tuple[int, int]] = {}
    for time_s, volume_ml in transaction.query(
        "SELECT time_s, volume_ml FROM meter_registers "
        "WHERE device = ? AND time_s >= ? AND time_s <= ? ORDER BY time_s, number",
        [device, begin_s, end_s],
    ):
        last[datetime.fromtimestamp(time_s - 1, zone).date()] = time_s, volume_ml
    registers = list(last.values())
    return [
        Use(before_s, after_s, after_ml - before_ml)
        for (before_s, before_ml), (after_s, after_ml) in pairwise(registers)
        if after_ml >= before_ml
    ]


def _apply(transaction: Transaction, happened: Sequence[Event]) -> None:
    told: list[Event] = []
    for event in happened:
        if event.kind == PLACED:
            _enter(transaction, told)
            told = []
            transaction.execute(
                "INSERT INTO meter_homes (device, household) VALUES (?, ?) "
                "ON CONFLICT (device) DO UPDATE SET household = excluded.household",
                [event.body["device"], event.body["household"]],
            )
        elif event.kind == MESSAGE:
            told.append(event)
    _enter(transaction, told)


def _enter(transaction: Transaction, told: Iterable[Event]) -> None:
    registers, uses, conditions = [], [], []
    for event in told:
        fixed = event.number, event.key
        registers += [(event.device, *each, *fixed) for each in _registers(event)]
        uses += [(event.device, *each, event.device, *fixed) for each in _uses(event)]
        at_us = happened_us(event)
        conditions += [
            (event.device, *each, at_us, event.device, *fixed) for each in _conditions(event)
        ]
    resting = _resting(transaction, conditions)
    transaction.execute_all(
        "INSERT INTO meter_registers (device, time_s, volume_ml, number, data_key) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (device, time_s, number) DO NOTHING",
        registers,
    )
    transaction.execute_all(
        "INSERT INTO meter_use (device, begin_s, end_s, volume_ml, household, number, data_key) "
        "VALUES (?, ?, ?, ?, (SELECT household FROM meter_homes WHERE device = ?), ?, ?) "
        "ON CONFLICT (device, end_s, number) DO NOTHING",
        uses,
    )
    # Since when: a flag that is told again has held all the time, unless of another household.
    transaction.execute_all(
        "INSERT INTO meter_conditions (device, name, holds, time_us, household, number, data_key) "
        "VALUES (?, ?, ?, ?, (SELECT household FROM meter_homes WHERE device = ?), ?, ?) "
        "ON CONFLICT (device, name) DO UPDATE SET holds = excluded.holds, "
        "time_us = excluded.time_us, household = excluded.household, number = excluded.number, "
        "data_key = excluded.data_key WHERE excluded.time_us >= meter_conditions.time_us "
        "AND (excluded.holds <> meter_conditions.holds "
        "OR COALESCE(excluded.household, -1) <> COALESCE(meter_conditions.household, -1))",
        [condition for condition in conditions if condition[0] not in resting],
    )


def _resting(transaction: Transaction, conditions: Iterable[Sequence[Any]]) -> set[int]:
    """Return the meters of which `conditions` tell nothing: no flag is set, as was known before.

    That is so nearly always, and to ask once for many is cheaper than to tell the tables.
    """
    quiet: dict[int, bool] = {}
    for device, name, holds, *_ in conditions:
        quiet[device] = quiet.get(device, True) and not holds and name in _FLAGS
    asked = [device for device, is_quiet in quiet.items() if is_quiet]
    found: set[int] = set()
    for begin in range(0, len(asked), _ASKED_AT_ONCE):
        devices = asked[begin : begin + _ASKED_AT_ONCE]
        # Of one length, the statement stays compiled.
        devices += devices[-1:] * (_ASKED_AT_ONCE - len(devices))
        rows = transaction.query(_RESTING, [*devices, *_FLAGS, len(_FLAGS)])
        found.update(device for (device,) in rows)
    return found


def _registers(event: Event) -> Iterator[tuple[int, int]]:
    """Yield the registers (Unix s, ml) that a message tells."""
    body = event.body
    if "volume_l" in body:
        yield happened_us(event) // 1_000_000, body["volume_l"] * 1000
    elif body["message"] == "log-chunk" and body["log"] in _FROZEN:
        yield from _frozen(body["records"])


def _uses(event: Event) -> Iterator[tuple[int, int, int]]:
    """Yield what was used in which hours (Unix s, Unix s, ml), as a message tells it."""
    body = event.body
    if "deltas" in body:
        interval_s = body.get("interval_s") or _HOUR_S
        end_s = body["time"]
        for litres in reversed(deltas.decode(bytes.fromhex(body["deltas"]))):
            yield end_s - interval_s, end_s, litres * 1000
            end_s -= interval_s
    elif body["message"] == "log-chunk" and body["log"] == codes.HOURLY_REGISTERS:
        frozen = list(_frozen(body["records"]))
        for (begin_s, begin_ml), (end_s, end_ml) in pairwise(frozen):
            if end_s > begin_s and end_ml >= begin_ml:
                yield begin_s, end_s, end_ml - begin_ml


def _frozen(records: str) -> Iterator[tuple[int, int]]:
    data = bytes.fromhex(records)
    whole = len(data) - len(data) % _REGISTERS.size
    for time_s, high, low, *_ in _REGISTERS.iter_unpack(data[:whole]):
        yield time_s, high << 32 | low


def _conditions(event: Event) -> Iterator[tuple[str, int]]:
    """Yield which of a meter's conditions hold (1) or do not (0) as a message tells."""
    body = event.body
    if body["message"] == "reading" and body.get("flags") is not None:
        for flag, name in words.METER_FLAGS.items():
            yield name, int(bool(body["flags"] & flag))
    elif body["message"] == "event":
        code = body.get("code", 0)
        for name in AFFECTED.get(code, ()):
            if name in _CONDITIONS:
                yield name, int(begins(name, code))


METERS = Projection(
    "meters",
    3,
    {
        "meter_registers": "device BIGINT NOT NULL, time_s BIGINT NOT NULL, "
        "volume_ml BIGINT NOT NULL, number BIGINT NOT NULL, data_key BIGINT NOT NULL, "
        "PRIMARY KEY (device, time_s, number)",
        "meter_use": "device BIGINT NOT NULL, begin_s BIGINT NOT NULL, end_s BIGINT NOT NULL, "
        "volume_ml BIGINT NOT NULL, household BIGINT, number BIGINT NOT NULL, "
        "data_key BIGINT NOT NULL, PRIMARY KEY (device, end_s, number)",
        "meter_conditions": "device BIGINT NOT NULL, name TEXT NOT NULL, holds BIGINT NOT NULL, "
        "time_us BIGINT NOT NULL, household BIGINT, number BIGINT NOT NULL, "
        "data_key BIGINT NOT NULL, PRIMARY KEY (device, name)",
        "meter_homes": "device BIGINT PRIMARY KEY, household BIGINT",
    },
    _apply,
    sealed=("meter_registers", "meter_use", "meter_conditions"),
    by_device=("meter_registers", "meter_use", "meter_conditions"),
)
"""Tables of registers, of use by the hour and of conditions as they are now (both with the
household that the meter was in at that time; null: a place that all share), and of where meters
are."""
