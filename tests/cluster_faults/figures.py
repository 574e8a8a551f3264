"""What a campaign measured, from its records: interruptions, alarms' waits, availability."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import ceil, inf
from pathlib import Path
from typing import NamedTuple

from .records import DEVICES, ROUNDS, Entry, read

# An alarm that is acknowledged later than this has met an interruption.
PATIENCE_S = 2.0


class Alarm(NamedTuple):
    """A call for help: when it was raised, and when the hub's link had acknowledged it (s)."""

    raised_s: float
    acknowledged_s: float


class Span(NamedTuple):
    """A time in which alarms waited and none was acknowledged (s)."""

    begin_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """How long it was."""
        return self.end_s - self.begin_s


class Round(NamedTuple):
    """A fault and what came of it; `interruption_s` is 0 when there was none, `waits_s` are of the
    alarms raised meanwhile, `whole_s` when all nodes did their part again."""

    number: int
    kind: str
    leader: str
    leader_after: str
    lasted_s: float
    whole_s: float
    interruption_s: float
    waits_s: tuple[float, ...]


class Figures(NamedTuple):
    """A campaign: `availability` by devices, `answering` by who looked for a hub that answers.

    `faults_s` are the moments of the rounds' faults since the begin.
    """

    rounds: list[Round]
    duration_s: float
    alarms: int
    availability: float
    answering: float
    terms: int
    faults_s: list[float]


def alarms(devices: Iterable[Entry]) -> list[Alarm]:
    """Return all alarms, by when they were raised; never acknowledged is infinitely late."""
    raised: dict[tuple[int, int], float] = {}
    acknowledged: dict[tuple[int, int], float] = {}
    for entry in devices:
        if "incident" in entry:
            known = raised if entry["what"] == "raised" else acknowledged
            known.setdefault((entry["device"], entry["incident"]), entry["at_s"])
    return sorted(Alarm(at_s, acknowledged.get(which, inf)) for which, at_s in raised.items())


def interruptions(raised: Sequence[Alarm]) -> list[Span]:
    """Return when, for more than PATIENCE_S, alarms waited and none was acknowledged."""
    found = []
    waiting: list[Alarm] = []
    left = list(raised)
    last_s = -inf
    for now_s in sorted({each.acknowledged_s for each in raised}):
        while left and left[0].raised_s < now_s:
            waiting.append(left.pop(0))
        begin_s = max(last_s, min((each.raised_s for each in waiting), default=now_s))
        if now_s < inf and now_s - begin_s > PATIENCE_S:
            found.append(Span(begin_s, now_s))
        waiting = [each for each in waiting if each.acknowledged_s > now_s]
        last_s = now_s
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of `values` that `share` of them do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[max(ceil(share * len(ordered)), 1) - 1] if ordered else 0.0


def measured(folder: Path) -> Figures:
    """Return the figures of the campaign in a folder; it may have been cut short."""
    devices, told = read(folder / DEVICES), read(folder / ROUNDS)
    raised = alarms(devices)
    begun_s = next(each["at_s"] for each in told if each["what"] == "begun")
    done = [each for each in told if each["what"] == "round"]
    over_s = next((e["at_s"] for e in told if e["what"] == "over"), done[-1]["whole_s"])
    spans = [each for each in interruptions(raised) if begun_s <= each.begin_s < over_s]
    ends = [each["began_s"] for each in done[1:]] + [over_s]
    down_s = sum(min(each.end_s, over_s) - each.begin_s for each in spans)
    length_s = over_s - begun_s
    return Figures(
        [_round(each, end_s, spans, raised) for each, end_s in zip(done, ends, strict=True)],
        length_s,
        len(raised),
        1 - down_s / length_s,
        _answering(told, begun_s, over_s),
        sum(each["what"] == "term" for each in devices),
        [each["began_s"] - begun_s for each in done],
    )


def together(campaigns: Sequence[Figures]) -> Figures:
    """Return the figures of several campaigns as of one after the other."""
    length_s = sum(each.duration_s for each in campaigns)
    starts_s = accumulate((each.duration_s for each in campaigns), initial=0.0)
    return Figures(
        [found for each in campaigns for found in each.rounds],
        length_s,
        sum(each.alarms for each in campaigns),
        sum(each.availability * each.duration_s for each in campaigns) / length_s,
        sum(each.answering * each.duration_s for each in campaigns) / length_s,
        sum(each.terms for each in campaigns),
        [
            start_s + at_s
            for start_s, each in zip(starts_s, campaigns, strict=False)
            for at_s in each.faults_s
        ],
    )


def _round(told: Entry, end_s: float, spans: Sequence[Span], raised: Sequence[Alarm]) -> Round:
    begin_s = told["began_s"]
    # The last acknowledgement may be a moment older than the fault.
    here = [
        Span(max(each.begin_s, begin_s), each.end_s)
        for each in spans
        if begin_s - PATIENCE_S <= each.begin_s < end_s - PATIENCE_S
    ]
    within = raised[bisect_left(raised, (begin_s,)) : bisect_left(raised, (end_s,))]
    waits_s = tuple(
        each.acknowledged_s - each.raised_s
        for each in within
        if any(span.begin_s <= each.raised_s < span.end_s for span in here)
    )
    return Round(
        told["number"],
        told["kind"],
        told["leader"],
        told["leader_after"],
        told["healed_s"] - begin_s,
        told["whole_s"] - begin_s,
        max((each.length_s for each in here), default=0.0),
        waits_s,
    )


def _answering(told: Sequence[Entry], begun_s: float, over_s: float) -> float:
    """Return the share of the time in which some hub answered."""
    seen = [each for each in told if each["what"] == "serving"]
    ends = [each["at_s"] for each in seen[1:]] + [over_s]
    return sum(
        max(min(end_s, over_s) - max(each["at_s"], begun_s), 0.0)
        for each, end_s in zip(seen, ends, strict=True)
        if each["nodes"]
    ) / (over_s - begun_s)
