"""What the risk radar is computed from: events that begin or end an incident, alarms, service.

An alarm's row has only how long it took to the hub, by the clock of its device; -1 where that had
none. A "serving" record is told when a hub begins to serve; `last_us` is the time of the row before
it: nobody was served in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from linli_protocol import catalogue, codes, messages

from ..privacy import MESSAGE
from ..projections import Event, Projection
from ..risk import grades
from ..risk.observed import INTRUSIONS
from ..storage import Transaction
from .moments import happened_us

SERVING = "serving"
_ENDS = [(began, ended) for began, rule in grades.RULES.items() for ended in rule.ended_by]
_PAIRS = ", ".join(f"({began}, {ended})" for began, ended in _ENDS)
_WATCHED = frozenset({*grades.RULES, *INTRUSIONS, *(ended for _, ended in _ENDS)})
_ALARM = catalogue.KINDS[messages.ALARM].name
_EVENT = catalogue.KINDS[messages.EVENT].name
_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Watched:
    """An event that begins or ends an incident; `time_us` is the device's."""

    time_us: int
    device: int
    code: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """A call for help, and when (Unix µs) it came; `helped_us`, `closed_us`: None, not yet.

    `delay_us` is how long it took to the hub; None: its device had no clock.
    """

    device: int
    came_us: int
    delay_us: int | None
    helped_us: int | None
    closed_us: int | None
    grade: int | None

    @property
    def pressed_us(self) -> int:
        """When it was raised, as far as that is known."""
        return self.came_us - (self.delay_us or 0)


def watched(transaction: Transaction, since_us: int) -> list[Watched]:
    """Return the events since a time, and those that began what had not ended by then.

    They are in the order of their times, each once.
    """
    found = transaction.query(
        f"WITH ends (began, ended) AS (VALUES {_PAIRS}) "
        "SELECT DISTINCT time_us, device, code FROM risk_events AS event WHERE time_us >= ? "
        "OR (code IN (SELECT began FROM ends) AND NOT EXISTS (SELECT 1 FROM risk_events AS later "
        "JOIN ends ON ended = later.code AND began = event.code WHERE later.device = event.device "
        "AND later.time_us >= event.time_us AND later.time_us < ?)) "
        "ORDER BY time_us, device, code",
        [since_us, since_us],
    )
    return [Watched(*row) for row in found]


def alarms(transaction: Transaction, since_us: int) -> list[Alarm]:
    """Return the alarms that came at `since_us` or later, or are not closed, oldest first."""
    found = transaction.query(
        "SELECT came.alarm, came.device, came.time_us, came.delay_us, "
        "MIN(CASE WHEN step.state >= ? THEN step.time_us END), "
        "MIN(CASE WHEN step.state >= ? THEN step.time_us END), "
        "(SELECT grade FROM incident_steps AS graded WHERE graded.alarm = came.alarm "
        "AND grade IS NOT NULL ORDER BY number DESC LIMIT 1) "
        "FROM risk_alarms AS came LEFT JOIN incident_steps AS step ON step.alarm = came.alarm "
        "GROUP BY came.alarm, came.device, came.time_us, came.delay_us ORDER BY came.alarm",
        [codes.HELP_COMING, codes.CLOSED],
    )
    return [
        Alarm(device, came_us, None if delay_us < 0 else delay_us, helped_us, closed_us, grade)
        for _, device, came_us, delay_us, helped_us, closed_us, grade in found
        if came_us >= since_us or closed_us is None
    ]


def outages(transaction: Transaction) -> list[tuple[int, int]]:
    """Return when the hub did not serve, from and until in Unix µs; not before it first did."""
    found = transaction.query("SELECT last_us, time_us FROM risk_service ORDER BY number")
    return [(last_us, time_us) for last_us, time_us in found[1:]]


def served_since_us(transaction: Transaction) -> int | None:
    """Return when the hub first served, in Unix µs; None: never."""
    ((first_us,),) = transaction.query("SELECT MIN(time_us) FROM risk_service")
    return None if first_us is None else int(first_us)


def _apply(transaction: Transaction, happened: Sequence[Event]) -> None:
    for event in happened:
        body = event.body
        if event.kind == SERVING:
            transaction.execute(
                "INSERT INTO risk_service (number, time_us, last_us) VALUES (?, ?, ?)",
                [event.number, event.time_us, min(body["last_us"], event.time_us)],
            )
        elif event.kind == MESSAGE and body["message"] == _ALARM:
            told_us = int(body.get("time") or 0) * _US
            # A device tells whole seconds: what came within its second took no time.
            delay_us = max(event.time_us - told_us - _US, 0) if told_us else -1
            transaction.execute(
                "INSERT INTO risk_alarms (alarm, device, time_us, delay_us, data_key) "
                "VALUES (?, ?, ?, ?, ?)",
                [event.number, event.device, event.time_us, delay_us, event.key],
            )
        elif event.kind == MESSAGE and body["message"] == _EVENT and body.get("code") in _WATCHED:
            transaction.execute(
                "INSERT INTO risk_events (number, device, time_us, code, data_key) "
                "VALUES (?, ?, ?, ?, ?)",
                [event.number, event.device, happened_us(event), body["code"], event.key],
            )


RISKS = Projection(
    "risks",
    2,
    {
        "risk_events": "number BIGINT NOT NULL, device BIGINT NOT NULL, "
        "time_us BIGINT NOT NULL, code BIGINT NOT NULL, data_key BIGINT NOT NULL, "
        "PRIMARY KEY (device, time_us, code, number)",
        "risk_alarms": "alarm BIGINT PRIMARY KEY, device BIGINT NOT NULL, "
        "time_us BIGINT NOT NULL, delay_us BIGINT NOT NULL, data_key BIGINT NOT NULL",
        "risk_service": "number BIGINT PRIMARY KEY, time_us BIGINT NOT NULL, "
        "last_us BIGINT NOT NULL",
    },
    _apply,
    sealed=("risk_events", "risk_alarms"),
)
"""Tables `risk_events`, `risk_alarms` and `risk_service`, of which rows are never changed."""
