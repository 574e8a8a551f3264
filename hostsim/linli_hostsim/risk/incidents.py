"""The incidents of a run."""

import numpy as np

from linli_hub.risk.incidents import (
    Event,
    Incident,
    Span,
    from_alarms,
    from_attacks,
    from_events,
    from_outages,
)
from linli_protocol import words

from ..clockwork import US_PER_H, US_PER_S
from ..results import Results
from ..tables import Columns
from .observed import attacks

_CODES = {word: code for code, word in words.EVENTS.items()}


def of_run(results: Results) -> list[Incident]:
    """Return the incidents of a run, the worst grade first, then in the order of their times."""
    tables = results.tables
    events = (
        Event(time_us / US_PER_H, device, _CODES[word])
        for time_us, device, word in zip(
            *(tables["events"][name].tolist() for name in ("time_us", "device", "event")),
            strict=True,
        )
    )
    outages = _spans(tables["interruptions"], "start_us", "end_us")
    alarms = _spans(tables["alarms"], "raised_us", "at_hub_us")
    now_h = results.meta.duration_s * US_PER_S / US_PER_H
    found = [
        *from_events(events),
        *from_outages(outages),
        *from_alarms(alarms, outages, now_h),
        *from_attacks(attacks(tables["hub_refusals"])),
    ]
    return sorted(found, key=lambda one: (one.grade, one.start_h or 0.0))


def _spans(table: Columns, start: str, end: str) -> list[Span]:
    """Return the times of two columns as pairs of hours; masked ones are None."""
    starts, ends = (np.ma.asarray(table[name]) for name in (start, end))
    return [
        (start_us / US_PER_H, None if end_us is None else end_us / US_PER_H)
        for start_us, end_us in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
