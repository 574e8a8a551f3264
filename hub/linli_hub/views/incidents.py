"""Calls for help and what people did about them.

An "incident" record, sealed under the key of the alarm that it is about, has `alarm` (the number of
that row of the log), `state` (`codes.RECEIVED` and on), `by`, and, where somebody has graded the
incident, `grade`: 1 to 3, the study's I to III (community.md, "Operation").

An alarm is health-like. The tables have the numbers of its rows, and how far each is; what it says
is opened when it is asked for, which is an access.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from linli_protocol import catalogue, codes, messages

from ..privacy import MESSAGE
from ..projections import Event, Projection
from ..storage import Transaction, log_table
from ..vault import Vault
from .opening import Page, opened

INCIDENT = "incident"
GRADES = (1, 2, 3)
_ALARM = catalogue.KINDS[messages.ALARM].name
_IS_BEFORE = (
    "NOT EXISTS (SELECT 1 FROM incident_steps AS step "
    "WHERE step.alarm = incidents.alarm AND step.state >= ?)"
)


@dataclass(frozen=True, slots=True)
class Step:
    """When `state` was reached first, and by whom."""

    state: int
    time_us: int
    by: str


@dataclass(frozen=True, slots=True)
class Incident:
    """One call for help: `alarm` is its row in the log; `steps` are in the order of states."""

    alarm: int
    device: int
    raised_us: int
    grade: int | None
    steps: tuple[Step, ...]

    @property
    def state(self) -> int:
        """How far it is; 0: nobody has received it."""
        return max((step.state for step in self.steps), default=0)


def incidents(
    transaction: Transaction,
    only_open: bool = False,
    before: int | None = None,
    limit: int = 100,
) -> list[Incident]:
    """Return incidents, the newest first, of alarms before the row `before`."""
    where, values = ["1 = 1"], list[Any]()
    if before is not None:
        where.append("alarm < ?")
        values.append(before)
    if only_open:
        where.append(_IS_BEFORE)
        values.append(codes.CLOSED)
    found = transaction.query(
        f"SELECT alarm, device, time_us FROM incidents WHERE {' AND '.join(where)} "
        "ORDER BY alarm DESC LIMIT ?",
        [*values, limit],
    )
    return [
        Incident(alarm, device, time_us, *_progress(transaction, alarm))
        for alarm, device, time_us in found
    ]


def incident(transaction: Transaction, number: int) -> Incident | None:
    """Return the incident of the alarm in row `number`; None: it is none, or was erased."""
    found = transaction.query("SELECT device, time_us FROM incidents WHERE alarm = ?", [number])
    if not found:
        return None
    device, time_us = found[0]
    return Incident(number, device, time_us, *_progress(transaction, number))


def open_count(transaction: Transaction, state: int = codes.CLOSED) -> int:
    """Return how many incidents have not come to `state`."""
    ((count,),) = transaction.query(f"SELECT COUNT(*) FROM incidents WHERE {_IS_BEFORE}", [state])
    return int(count)


def oldest_waiting_us(transaction: Transaction) -> int | None:
    """Return when the oldest incident was raised that nobody has received."""
    ((time_us,),) = transaction.query(
        f"SELECT MIN(time_us) FROM incidents WHERE {_IS_BEFORE}", [codes.RECEIVED]
    )
    return None if time_us is None else int(time_us)


def alarm(
    transaction: Transaction, vault: Vault, number: int, page: Page = log_table.page
) -> Event | None:
    """Open the row of an alarm; None: it was erased, is not found, or is no alarm."""
    event = opened(transaction, vault, number, page)
    return event if event is not None and _is_alarm(event) else None


def _progress(transaction: Transaction, number: int) -> tuple[int | None, tuple[Step, ...]]:
    """Return the grade given last, and the first step to each state."""
    found = transaction.query(
        "SELECT state, time_us, person, grade FROM incident_steps WHERE alarm = ? ORDER BY number",
        [number],
    )
    grade = None
    steps: dict[int, Step] = {}
    for state, time_us, person, given in found:
        steps.setdefault(state, Step(state, time_us, person))
        grade = given or grade
    return grade, tuple(steps[state] for state in sorted(steps))


def _is_alarm(event: Event) -> bool:
    return event.kind == MESSAGE and event.body["message"] == _ALARM


def _apply(transaction: Transaction, happened: Sequence[Event]) -> None:
    transaction.execute_all(
        "INSERT INTO incidents (alarm, device, time_us, data_key) VALUES (?, ?, ?, ?)",
        [
            (event.number, event.device, event.time_us, event.key)
            for event in happened
            if _is_alarm(event)
        ],
    )
    transaction.execute_all(
        "INSERT INTO incident_steps (number, alarm, state, time_us, person, grade, data_key) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                event.number,
                event.body["alarm"],
                event.body["state"],
                event.time_us,
                event.body["by"],
                event.body.get("grade"),
                event.key,
            )
            for event in happened
            if event.kind == INCIDENT
        ],
    )


INCIDENTS = Projection(
    "incidents",
    1,
    {
        "incidents": "alarm BIGINT PRIMARY KEY, device BIGINT NOT NULL, time_us BIGINT NOT NULL, "
        "data_key BIGINT NOT NULL",
        "incident_steps": "number BIGINT NOT NULL, alarm BIGINT NOT NULL, state BIGINT NOT NULL, "
        "time_us BIGINT NOT NULL, person TEXT NOT NULL, grade BIGINT, data_key BIGINT NOT NULL, "
        "PRIMARY KEY (alarm, number)",
    },
    _apply,
    sealed=("incidents", "incident_steps"),
)
"""Tables `incidents`, a row an alarm, and `incident_steps`, a row a record of handling it."""
