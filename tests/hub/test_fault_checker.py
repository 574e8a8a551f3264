"""The checker of fault campaigns: it finds one thing that is wrong among all that is right."""

from collections.abc import Callable
from typing import Any

import pytest

from cluster_faults.checker import check
from cluster_faults.figures import Alarm, interruptions, percentile

BUTTON, DOOR, METER = 0x100, 0x200, 0x300
Records = dict[str, list[dict[str, Any]]]


def story() -> Records:
    """Return the records of a campaign in which all went well."""
    command = {"device": DOOR, "id": 5}
    devices = [
        {"what": "raised", "device": BUTTON, "incident": 1},
        {"what": "acknowledged", "device": BUTTON, "incident": 1},
        {"what": "raised", "device": BUTTON, "incident": 2},
        {"what": "term", "device": DOOR, "term": 1},
        {"what": "ordered", **command, "term": 1, "highest": 0},
        {"what": "executed", **command, "status": 0, "term": 1, "highest": 1},
        {"what": "term", "device": DOOR, "term": 2},
        {"what": "ordered", "device": DOOR, "id": 6, "term": 2, "highest": 1},
        {"what": "executed", "device": DOOR, "id": 6, "status": 0, "term": 2, "highest": 2},
        {"what": "acknowledged", "device": METER, "volume_l": 9},
        {"what": "released", "device": DOOR, "times": 2},
    ]
    outcome = "command 5 to 00000200: done"
    operators = [
        {"what": "looked", "by": "wang"},
        {"what": "handled", "row": 2},
        {"what": "proposed", "proposal": 1, "reason": "visit 1"},
        {"what": "commanded", "proposal": 1, "outcome": outcome, **command},
        {"what": "consented", "how": "call 1"},
    ]
    log = [
        ("serving", 0, {"term": 1}),
        ("message", BUTTON, {"message": "alarm", "incident": 1}),
        ("access", 0, {"by": "wang", "what": "incidents"}),
        ("incident", BUTTON, {"alarm": 2, "state": 3, "by": "wang"}),
        ("proposal", 0, {"proposal": 1, "reason": "visit 1"}),
        ("proposal approved", 0, {"proposal": 1}),
        ("command", DOOR, {"number": 5}),
        ("proposal done", 0, {"proposal": 1, "outcome": outcome}),
        ("serving", 0, {"term": 2}),
        ("command", DOOR, {"number": 6}),
        ("consent", 0, {"how": "call 1"}),
        ("message", METER, {"message": "reading", "volume_l": 9}),
    ]
    rows = [
        {"number": number, "kind": kind, "device": device, "body": body}
        for number, (kind, device, body) in enumerate(log, 1)
    ]
    return {"devices": devices, "operators": operators, "log": rows}


def lose(kind: str, place: int = 0) -> Callable[[Records], None]:
    """Have a row of the log say nothing."""

    def doctor(told: Records) -> None:
        [row for row in told["log"] if row["kind"] == kind][place]["kind"] = "nothing"

    return doctor


def double(kind: str) -> Callable[[Records], None]:
    """Have a row of the log come once more at its end."""

    def doctor(told: Records) -> None:
        row = next(row for row in told["log"] if row["kind"] == kind)
        told["log"].append({**row, "number": len(told["log"]) + 1})

    return doctor


def obey_late(told: Records) -> None:
    told["devices"][8]["term"] = 1


def execute_twice(told: Records) -> None:
    told["devices"].insert(6, dict(told["devices"][5]))


def take_a_row_out(told: Records) -> None:
    del told["log"][10]


def say_another_reason(told: Records) -> None:
    told["log"][4]["body"]["reason"] = "another visit"


def begin_the_term_again(told: Records) -> None:
    told["log"][8]["body"]["term"] = 1


def open_once_more(told: Records) -> None:
    told["devices"][-1]["times"] = 3


def look_once_more(told: Records) -> None:
    told["operators"].append({"what": "looked", "by": "wang"})


def make_an_alarm_up(told: Records) -> None:
    told["log"][1]["body"]["incident"] = 7
    told["devices"].pop(1)


def test_a_campaign_in_which_all_went_well_has_no_violation() -> None:
    verdict = check(**story())
    assert not verdict.violations
    assert verdict.checked == {
        "terms": 2,
        "alarms acknowledged": 1,
        "commands acknowledged": 1,
        "commands executed": 2,
        "audit rows acknowledged": 5,
    }
    assert verdict.tolerated == {
        "readings acknowledged": 1,
        "readings lost": 0,
        "readings doubled": 0,
        "commands not answered within 5 s": 0,
        "of these to the door that nobody comes to": 0,
        "commands of a replaced hub refused": 0,
    }


@pytest.mark.parametrize(
    ("doctor", "promise"),
    [
        (lose("message"), "no alarm is lost"),
        (double("message"), "an alarm is one call"),
        (make_an_alarm_up, "no alarm is made up"),
        (lose("command"), "no command is lost"),
        (lose("command", 1), "what is executed was written down"),
        (double("command"), "a command has its own number"),
        (execute_twice, "no command is executed twice"),
        (obey_late, "no stale primary is obeyed"),
        (open_once_more, "a door opens by command only"),
        (lose("incident"), "no audit row is lost"),
        (lose("access"), "no audit row is lost"),
        (look_once_more, "no audit row is lost"),
        (lose("proposal"), "no audit row is lost"),
        (lose("proposal approved"), "no audit row is lost"),
        (lose("proposal done"), "no audit row is lost"),
        (lose("consent"), "no audit row is lost"),
        (say_another_reason, "no audit row is lost"),
        (begin_the_term_again, "terms rise"),
        (take_a_row_out, "the log has every row once"),
    ],
)
def test_one_broken_promise_is_found(doctor: Callable[[Records], None], promise: str) -> None:
    told = story()
    doctor(told)
    assert promise in {each.promise for each in check(**told).violations}


def test_a_lost_reading_is_counted_and_no_violation() -> None:
    told = story()
    lose("message", 1)(told)
    verdict = check(**told)
    assert not verdict.violations
    assert verdict.tolerated["readings lost"] == 1


def test_what_a_replaced_hub_ordered_in_vain_is_counted() -> None:
    told = story()
    told["devices"][5] |= {"what": "refused", "status": 6}
    told["devices"][-1]["times"] = 1
    told["operators"][3]["outcome"] = told["log"][7]["body"]["outcome"] = "no answer yet"
    verdict = check(**told)
    assert not verdict.violations
    assert verdict.tolerated["commands of a replaced hub refused"] == 1
    assert verdict.tolerated["commands not answered within 5 s"] == 1
    assert verdict.tolerated["of these to the door that nobody comes to"] == 1


def test_an_interruption_lasts_from_the_first_alarm_that_waits_to_the_next_acknowledgement() -> (
    None
):
    raised = [
        Alarm(0.0, 0.1),
        Alarm(1.0, 9.5),
        Alarm(2.0, 9.0),
        Alarm(9.2, 9.3),
        Alarm(30.0, 30.2),
        Alarm(31.0, 40.0),
        Alarm(39.0, 39.1),
    ]
    assert interruptions(raised) == [(1.0, 9.0), (31.0, 39.1)]


def test_an_alarm_that_is_late_alone_is_no_interruption() -> None:
    steady = [Alarm(second, second + 0.1) for second in range(20)]
    assert interruptions(sorted([*steady, Alarm(3.0, 15.0), Alarm(4.0, float("inf"))])) == []


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile(range(1, 201), 0.99) == 198
    assert percentile([], 0.99) == 0
