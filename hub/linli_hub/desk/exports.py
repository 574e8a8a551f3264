"""Bulk export: what was used, or who came, as it may leave the site (docs/PRIVACY.md, Release)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..live.running import RunningSite
from ..people import Proposal
from ..privacy.anonymity import LEAST_K, Release, of_passages, of_readings, release
from ..views import exports
from .errors import Refused

DEFAULT_K = 5
LONGEST_S = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Order:
    """What is exported: `what` from `begin_s` to `end_s` (Unix s), k-anonymous."""

    what: str
    begin_s: int
    end_s: int
    k: int


_WHAT = {
    "readings": (exports.readings, of_readings),
    "passages": (exports.passages, of_passages),
}


def check(running: RunningSite, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a bulk export as they are kept; Refused when they do not fit."""
    known = ("what", "begin_s", "end_s", "k")
    for name in arguments:
        if name not in known:
            raise Refused(f"{name}: unknown argument; known here: {', '.join(known)}")
    what = arguments.get("what")
    if what not in _WHAT:
        raise Refused(f"what: {what!r} is none of {', '.join(_WHAT)}")
    checked = {"k": DEFAULT_K, **arguments}
    for name in known[1:]:
        if type(checked.get(name)) is not int:
            raise Refused(f"{name}: {checked.get(name)!r} is no whole number")
    if not 0 < checked["end_s"] - checked["begin_s"] <= LONGEST_S:
        raise Refused(f"end_s: not after begin_s, or more than {LONGEST_S // 86_400} days after it")
    if checked["k"] < LEAST_K:
        raise Refused(f"k: {checked['k']} is below {LEAST_K}")
    return checked


async def export(running: RunningSite, proposal: Proposal, by: str) -> tuple[str, dict[str, Any]]:
    """Make a release; return what it is in words, and itself."""
    order = Order(**proposal.arguments)
    found = await asyncio.to_thread(_released, running, order)
    told = ", ".join(f"{name} by {step}" for name, step in found.steps.items())
    outcome = (
        f"{len(found.rows)} rows of {order.what} wait for {proposal.proposer}, {found.suppressed} "
        f"suppressed, k = {found.k}: {told}"
    )
    handed = {
        "what": order.what,
        "begin_s": order.begin_s,
        "end_s": order.end_s,
        "k": found.k,
        "steps": found.steps,
        "suppressed": found.suppressed,
        "columns": list(found.steps),
        "rows": found.rows,
    }
    return outcome, handed


def _released(running: RunningSite, order: Order) -> Release:
    rows_of, attributes = _WHAT[order.what]
    with running.site.database.reading() as transaction:
        rows = rows_of(transaction, order.begin_s, order.end_s)
    return release(rows, attributes(running.clock.utc_offset_min()), order.k)
