"""The report's first lines: did alarms arrive, how fast were they answered, what was lost."""

from dataclasses import dataclass

from ..quantities import count, duration, share
from ..results import Results
from ..summary import Quantiles, elapsed_us


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with its answer; `good` is None where only the reader can judge."""

    question: str
    text: str
    good: bool | None


def answers(results: Results) -> list[Answer]:
    """Return the answers in the order of their weight."""
    found = [_alarms(results), _speed(results), _lost(results), _exactly_once(results)]
    if results.tables["devices"]["restarts"].any():
        found.append(_restarts(results))
    return found


def _alarms(results: Results) -> Answer:
    kinds = results.kinds
    alarms = sum(kind.alarms for kind in kinds)
    at_hub = sum(kind.alarms_at_hub for kind in kinds)
    question = "Did the alarms arrive?"
    if not alarms:
        return Answer(question, "No alarm was raised in this run.", None)
    if at_hub == alarms:
        return Answer(question, f"Yes: all {count(alarms)} reached the hub.", True)
    text = f"No: {count(alarms - at_hub)} of {count(alarms)} had not reached the hub at the end."
    return Answer(question, text, False)


def _speed(results: Results) -> Answer:
    alarms = results.tables["alarms"]
    question = "How fast were they answered?"
    raised = len(alarms["incident"])
    heard = Quantiles.of(elapsed_us(alarms, "acknowledged_us"))
    if not heard.count:
        return Answer(question, "No device heard an answer.", False if raised else None)
    text = (
        f"{count(heard.count)} of {count(raised)} devices heard the centre: half within "
        f"{duration(heard.p50_us)}, the slowest after {duration(heard.max_us)}."
    )
    return Answer(question, text, None if heard.count == raised else False)


def _lost(results: Results) -> Answer:
    kinds = results.kinds
    offered, given_up, outstanding = (
        sum(getattr(kind, name) for kind in kinds)
        for name in ("offered", "given_up", "outstanding")
    )
    text = (
        f"{count(given_up)} of {count(offered)} messages ({share(given_up, offered)}) were given "
        f"up; {count(outstanding)} were still under way at the end."
    )
    return Answer("What was lost?", text, given_up == 0)


def _exactly_once(results: Results) -> Answer:
    repeated = results.meta.repeated_deliveries
    unmatched = results.meta.unmatched_deliveries
    text = "Yes: no message was delivered a second time, and none that nobody had sent."
    if repeated or unmatched:
        text = (
            f"No: {count(repeated)} deliveries were repetitions, {count(unmatched)} were of "
            "messages that no app had sent."
        )
    return Answer("Was each message delivered once?", text, not repeated and not unmatched)


def _restarts(results: Results) -> Answer:
    restarts = results.tables["devices"]["restarts"]
    text = (
        f"{count(int(restarts.sum()))} times, {count(int((restarts > 0).sum()))} of "
        f"{count(results.meta.devices)} devices, after power cuts and updates."
    )
    return Answer("How often did devices start again?", text, None)
