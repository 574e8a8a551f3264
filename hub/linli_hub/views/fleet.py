"""How the devices are: when each was heard, what it runs, what is wrong with it.

Only what those who run the site may see: nothing here is about a household.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from linli_protocol import codes, words

from ..privacy import MESSAGE
from ..privacy.catalogue import EVENTS
from ..privacy.terms import Sensitivity
from ..projections import Event, Projection
from ..registry import Enrolment, Registry
from ..storage import Transaction
from .conditions import AFFECTED, begins
from .moments import happened_us

FIGURES = {
    "hello": ("firmware", "boots", "reset_cause", "list_version"),
    "health": (
        "uptime_s",
        "battery_mv",
        "temperature_c",
        "rssi_dbm",
        "refused",
        "dropped",
        "heap_free",
        "restarts",
        "damaged",
    ),
    "reading": ("battery_mv",),
    "update-status": ("image", "offset", "state"),
}
"""The fields of messages that tell how a device is; those of an update are its `update_...`."""

_CONDITIONS = ("meter absent", "button stuck", "tamper", "battery low", "mains failed")
# Nothing tells of their end: they stand with the time they happened last.
_LAPSES = (
    codes.CLOCK_LOST,
    codes.CONFIG_REFUSED,
    codes.SAFE_MODE,
    codes.TASK_RESTARTED,
    codes.UPDATE_ROLLED_BACK,
    codes.CONSOLE_REFUSED,
)
_HEARD = "heard"
_FAULT = "fault "


@dataclass(frozen=True, slots=True)
class Member:
    """A device that is served.

    `heard_us` is when the last message of it came, `figures` its newest by `FIGURES`, `faults` what
    is wrong since when, or happened last when; all in Unix µs.
    """

    enrolment: Enrolment
    heard_us: int | None
    figures: Mapping[str, int]
    faults: Mapping[str, int]


def fleet(transaction: Transaction) -> list[Member]:
    """Return all devices that are served, by address."""
    heard: dict[int, int] = {}
    figures: dict[int, dict[str, int]] = {}
    faults: dict[int, dict[str, int]] = {}
    for device, name, figure, time_us in transaction.query(
        "SELECT device, name, figure, time_us FROM fleet ORDER BY name"
    ):
        if name == _HEARD:
            heard[device] = time_us
        elif not name.startswith(_FAULT):
            figures.setdefault(device, {})[name] = figure
        elif figure:
            faults.setdefault(device, {})[name.removeprefix(_FAULT)] = time_us
    return [
        Member(
            each,
            heard.get(each.device),
            figures.get(each.device, {}),
            faults.get(each.device, {}),
        )
        for each in Registry.load(transaction).all()
    ]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of the devices that are served were heard, tell of a fault, have a cell, a low one.

    A device has a cell when it tells its voltage.
    """

    heard: int
    faulty: int
    cells: int
    cells_low: int


def tally(transaction: Transaction, since_us: int) -> Tally:
    """Count the devices that are served; those heard since `since_us`, Unix µs."""
    ((heard, faulty, cells, cells_low),) = transaction.query(
        "SELECT COUNT(DISTINCT CASE WHEN name = ? AND fleet.time_us >= ? THEN device END), "
        "COUNT(DISTINCT CASE WHEN name LIKE ? AND figure <> 0 THEN device END), "
        "COUNT(DISTINCT CASE WHEN name = ? THEN device END), "
        "COUNT(DISTINCT CASE WHEN name = ? AND figure <> 0 THEN device END) "
        "FROM fleet JOIN devices USING (device)",
        [_HEARD, since_us, f"{_FAULT}%", "battery_mv", f"{_FAULT}battery low"],
    )
    return Tally(int(heard), int(faulty), int(cells), min(int(cells_low), int(cells)))


def _apply(transaction: Transaction, happened: Sequence[Event]) -> None:
    newest: dict[tuple[int, str], tuple[int, int, int]] = {}
    for event in happened:
        if event.kind == MESSAGE:
            newest[event.device, _HEARD] = 0, event.time_us, event.key
            at_us = happened_us(event)
            for name, figure in _told(event):
                known = newest.get((event.device, name))
                if known is None or at_us >= known[1]:
                    newest[event.device, name] = figure, at_us, event.key
    transaction.execute_all(
        "INSERT INTO fleet (device, name, figure, time_us, data_key) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (device, name) DO UPDATE SET figure = excluded.figure, "
        "time_us = excluded.time_us, data_key = excluded.data_key "
        "WHERE excluded.time_us >= fleet.time_us",
        [(*which, *told) for which, told in newest.items()],
    )


def _told(event: Event) -> Iterator[tuple[str, int]]:
    """Yield what a message tells of how its device is."""
    message = event.body["message"]
    prefix = "update_" if message == "update-status" else ""
    for name in FIGURES.get(message, ()):
        if event.body.get(name) is not None:
            yield prefix + name, event.body[name]
    code = event.body.get("code")
    if message != "event" or code is None or not _is_internal(event, code):
        return
    for name in AFFECTED.get(code, ()):
        if name in _CONDITIONS:
            yield _FAULT + name, int(begins(name, code))
    if code in _LAPSES:
        yield _FAULT + words.EVENTS[code], 1
    elif code == codes.UPDATE_INSTALLED:
        yield _FAULT + words.EVENTS[codes.UPDATE_ROLLED_BACK], 0


def _is_internal(event: Event, code: int) -> bool:
    known = EVENTS.get(code)
    return known is not None and (not event.key or known.sensitivity <= Sensitivity.INTERNAL)


FLEET = Projection(
    "fleet",
    2,
    {
        "fleet": "device BIGINT NOT NULL, name TEXT NOT NULL, figure BIGINT NOT NULL, "
        "time_us BIGINT NOT NULL, data_key BIGINT NOT NULL, PRIMARY KEY (device, name)",
    },
    _apply,
    sealed=("fleet",),
    by_device=("fleet",),
)
"""Table `fleet`: the newest of each figure and fault of each device."""
