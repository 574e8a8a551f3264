"""Holds what devices and operators remember against the hub's log: nothing acknowledged is lost.

    python -m cluster_faults.checker FOLDER       exit code 1 when something is wrong

It asks no hub: the log is a file of JSON lines by then, whose chain was verified.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .devices import QUIET
from .records import DEVICES, LOG, OPERATORS, Entry, read

_CLOSED = "closed"
_CLOSED_CODE = 3
_SUPERSEDED = 6
_NO_ANSWER = "no answer yet"
_SHOWN = "incidents"


class Violation(NamedTuple):
    """A promise that was broken: which, and how."""

    promise: str
    how: str


class Verdict(NamedTuple):
    """What was checked, by what it is, and what is wrong; `tolerated` may be, and is counted."""

    checked: dict[str, int]
    violations: list[Violation]
    tolerated: dict[str, int]


def check(devices: Iterable[Entry], operators: Iterable[Entry], log: Iterable[Entry]) -> Verdict:
    """Return the verdict on records, each in the order in which it was written."""
    devices, operators, log = list(devices), list(operators), list(log)
    checked: Counter[str] = Counter()
    violations = [
        *_numbers(log),
        *_terms(log, checked),
        *_alarms(devices, log, checked),
        *_commands(devices, operators, log, checked),
        *_deeds(operators, log, checked),
    ]
    tolerated = {**_readings(devices, log), **_not_executed(devices, operators)}
    return Verdict(dict(checked), violations, tolerated)


def _numbers(log: list[Entry]) -> Iterator[Violation]:
    for number, row in enumerate(log, 1):
        if row["number"] != number:
            yield Violation("the log has every row once", f"row {row['number']} at place {number}")
            return


def _terms(log: list[Entry], checked: Counter[str]) -> Iterator[Violation]:
    last = 0
    for row in _of(log, "serving"):
        checked["terms"] += 1
        term = row["body"]["term"]
        if term <= last:
            yield Violation("terms rise", f"row {row['number']}: term {term} after {last}")
        last = term


def _alarms(devices: list[Entry], log: list[Entry], checked: Counter[str]) -> Iterator[Violation]:
    kept = Counter(
        (row["device"], row["body"]["incident"])
        for row in _of(log, "message")
        if row["body"]["message"] == "alarm"
    )
    acknowledged = {
        (entry["device"], entry["incident"])
        for entry in devices
        if entry["what"] == "acknowledged" and "incident" in entry
    }
    raised = {(e["device"], e["incident"]) for e in devices if e["what"] == "raised"}
    checked["alarms acknowledged"] = len(acknowledged)
    for device, incident in sorted(acknowledged - kept.keys()):
        yield Violation("no alarm is lost", f"{device:08x} incident {incident}")
    for device, incident in sorted(kept.keys() - raised):
        yield Violation("no alarm is made up", f"{device:08x} incident {incident}")
    for (device, incident), times in sorted(kept.items()):
        if times > 1:
            yield Violation("an alarm is one call", f"{device:08x} incident {incident}: {times}")


def _commands(
    devices: list[Entry], operators: list[Entry], log: list[Entry], checked: Counter[str]
) -> Iterator[Violation]:
    kept = Counter((row["device"], row["body"]["number"]) for row in _of(log, "command"))
    for entry in operators:
        if entry["what"] == "commanded":
            checked["commands acknowledged"] += 1
            if (entry["device"], entry["id"]) not in kept:
                yield Violation("no command is lost", _command(entry))
    for (device, number), times in sorted(kept.items()):
        if times > 1:
            yield Violation("a command has its own number", f"{device:08x} id {number}: {times}")
    executed: Counter[tuple[int, int]] = Counter()
    highest: Counter[int] = Counter()
    for entry in devices:
        device = entry.get("device", 0)
        if entry["what"] == "term":
            highest[device] = max(highest[device], entry["term"])
        if entry["what"] != "executed":
            continue
        checked["commands executed"] += 1
        executed[device, entry["id"]] += 1
        if executed[device, entry["id"]] > 1:
            yield Violation("no command is executed twice", _command(entry))
        if (entry["term"] or 0) < highest[device]:
            yield Violation(
                "no stale primary is obeyed",
                f"{_command(entry)} of term {entry['term']} after {highest[device]}",
            )
        if (device, entry["id"]) not in kept:
            yield Violation("what is executed was written down", _command(entry))
    for entry in devices:
        if entry["what"] == "released":
            times = sum(n for (device, _), n in executed.items() if device == entry["device"])
            if entry["times"] > times:
                yield Violation("a door opens by command only", f"{entry} {times} executed")


def _deeds(operators: list[Entry], log: list[Entry], checked: Counter[str]) -> Iterator[Violation]:
    """Look for what operators were told to be done: all of it is in the audit."""
    closed = {
        row["body"]["alarm"] for row in _of(log, "incident") if row["body"]["state"] == _CLOSED_CODE
    }
    reasons = {row["body"]["proposal"]: row["body"]["reason"] for row in _of(log, "proposal")}
    approved = {row["body"]["proposal"] for row in _of(log, "proposal approved")}
    done = {row["body"]["proposal"]: row["body"]["outcome"] for row in _of(log, "proposal done")}
    consents = {row["body"]["how"] for row in _of(log, "consent")}
    looks = Counter(
        row["body"]["by"] for row in _of(log, "access") if row["body"]["what"] == _SHOWN
    )
    for entry in operators:
        what = entry["what"]
        is_there = {
            "handled": lambda e: e["row"] in closed,
            "proposed": lambda e: reasons.get(e["proposal"]) == e["reason"],
            "commanded": lambda e: (
                e["proposal"] in approved and done.get(e["proposal"]) == e["outcome"]
            ),
            "consented": lambda e: e["how"] in consents,
        }.get(what)
        if is_there is not None:
            checked["audit rows acknowledged"] += 1
            if not is_there(entry):
                yield Violation("no audit row is lost", json.dumps(entry))
    told = Counter(entry["by"] for entry in operators if entry["what"] == "looked")
    for name, times in told.items():
        checked["audit rows acknowledged"] += times
        if looks[name] < times:
            yield Violation("no audit row is lost", f"{name} looked {times}, kept {looks[name]}")


def _readings(devices: list[Entry], log: list[Entry]) -> dict[str, int]:
    """Count readings, which are acknowledged before a standby has them."""
    kept = Counter(
        (row["device"], row["body"]["volume_l"])
        for row in _of(log, "message")
        if row["body"]["message"] == "reading"
    )
    acknowledged = {
        (entry["device"], entry["volume_l"])
        for entry in devices
        if entry["what"] == "acknowledged" and "volume_l" in entry
    }
    return {
        "readings acknowledged": len(acknowledged),
        "readings lost": len(acknowledged - kept.keys()),
        "readings doubled": sum(times > 1 for times in kept.values()),
    }


def _not_executed(devices: list[Entry], operators: list[Entry]) -> dict[str, int]:
    """Count commands that ended with their hub, and those that came from a replaced one."""
    unanswered = Counter(
        entry["device"] == QUIET
        for entry in operators
        if entry["what"] == "commanded" and _NO_ANSWER in entry["outcome"]
    )
    return {
        "commands not answered within 5 s": unanswered.total(),
        "of these to the door that nobody comes to": unanswered[True],
        "commands of a replaced hub refused": sum(
            entry["what"] == "refused" and entry["status"] == _SUPERSEDED for entry in devices
        ),
    }


def _of(log: list[Entry], kind: str) -> Iterator[Entry]:
    return (row for row in log if row["kind"] == kind)


def _command(entry: Entry) -> str:
    return f"{entry['device']:08x} command {entry['id']}"


def checked(folder: Path) -> Verdict:
    """Return the verdict on the records in a folder."""
    return check(*(read(folder / name) for name in (DEVICES, OPERATORS, LOG)))


def main() -> int:
    """Tell the verdict as JSON."""
    verdict = checked(Path(sys.argv[1]))
    told = {
        "checked": verdict.checked,
        "tolerated": verdict.tolerated,
        "violations": [each._asdict() for each in verdict.violations],
    }
    print(json.dumps(told, indent=1))
    return 1 if verdict.violations else 0


if __name__ == "__main__":
    sys.exit(main())
