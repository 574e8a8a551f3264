"""The report's first lines: did alarms arrive, how fast were they answered, what was lost."""

from dataclasses import dataclass

import numpy as np

from .. import scenario
from ..clockwork import US_PER_H, US_PER_S
from ..quantities import count, duration, share, years
from ..results import Results
from ..scenario import Scenario
from ..summary import Quantiles, elapsed_us
from .coverage import margins_db
from .interruptions import spans_h
from .limits import limits, percent


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with its answer; `good` is None where only the reader can judge."""

    question: str
    text: str
    good: bool | None


def answers(results: Results) -> list[Answer]:
    """Return the answers in the order of their weight."""
    described = scenario.parse(results.meta.scenario_toml, results.meta.scenario)
    found = [_alarms(results), _speed(results), _lost(results), _first(results, described)]
    for each in (_coverage(results), _edge(results), _restarts(results)):
        if each is not None:
            found.append(each)
    return [*found, _exactly_once(results)]


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


def _first(results: Results, described: Scenario) -> Answer:
    nearest = limits(results, described)
    parts = []
    if nearest:
        first = nearest[0]
        parts.append(
            f"Nearest to its limit: {first.name}, with {percent(first.share)} of it in the busiest "
            "hour."
        )
    lives = [(kind.battery_years_min, kind.kind) for kind in results.kinds]
    known = [(life, kind) for life, kind in lives if life is not None]
    if known:
        life, kind = min(known)
        parts.append(f"The first cell is empty after {years(life)} ({kind}).")
    text = " ".join(parts) or "Nothing in this run has a limit that it came near to."
    over = any(limit.share >= 1 for limit in nearest)
    return Answer("What would break first?", text, False if over else None)


def _coverage(results: Results) -> Answer | None:
    devices = np.unique(results.tables["links"]["device"])
    if not len(devices):
        return None
    margin_db = margins_db(results, devices)
    unheard = int((margin_db < 0).sum())
    if unheard:
        text = f"No: {count(unheard)} of {count(len(devices))} devices with LoRa or NB-IoT are not."
        return Answer("Is every device heard?", text, False)
    text = (
        f"Yes: all {count(len(devices))} with LoRa or NB-IoT; half with {np.median(margin_db):.0f} "
        f"dB to spare, the worst with {margin_db.min():.0f} dB."
    )
    return Answer("Is every device heard?", text, True)


def _edge(results: Results) -> Answer | None:
    spans = spans_h(results)
    if not spans:
        return None
    down_us, longest_us = (
        round(hours * US_PER_H)
        for hours in (sum(end - start for start, end in spans), max(b - a for a, b in spans))
    )
    served = 1 - down_us / (results.meta.duration_s * US_PER_S)
    text = (
        f"For {100 * served:.6g} % of the time: {count(len(spans))} interruption"
        f"{'s' * (len(spans) > 1)}, {duration(down_us)} in all, the longest {duration(longest_us)}."
    )
    return Answer("Did the edge serve?", text, None)


def _restarts(results: Results) -> Answer | None:
    restarts = results.tables["devices"]["restarts"]
    if not restarts.any():
        return None
    text = (
        f"{count(int(restarts.sum()))} times, {count(int((restarts > 0).sum()))} of "
        f"{count(results.meta.devices)} devices, after power cuts and updates."
    )
    return Answer("How often did devices start again?", text, None)
