"""What indicators are computed from, as a run has it."""

import numpy as np
from numpy.typing import NDArray

from linli_hub.risk.observed import ATTACKS, INTRUSIONS, PATCH_DUE_H, Observed
from linli_protocol import words

from ..clockwork import US_PER_H, US_PER_S
from ..results import Results
from ..tables import Columns


def of_run(
    results: Results,
    *,
    due_s: float = 10.0,
    low_years: float = 1.0,
    patch_due_h: float = PATCH_DUE_H,
) -> Observed:
    """Return what a run shows at its end; 72 h are the study's for closing weaknesses."""
    tables, end_us = results.tables, results.meta.duration_s * US_PER_S
    devices, alarms, interruptions = (
        tables[name] for name in ("devices", "alarms", "interruptions")
    )
    arrivals_s = _ages_s(alarms, "at_hub_us", end_us)
    has_arrived = ~np.ma.getmaskarray(alarms["at_hub_us"])
    ends_us = np.ma.filled(np.ma.asarray(interruptions["end_us"]), end_us)
    years = np.ma.asarray(devices["battery_years"]).compressed()
    updates = tables["updates"]
    is_due = end_us - updates["start_us"] > patch_due_h * US_PER_H
    return Observed(
        hours=results.meta.duration_s / 3600,
        devices=results.meta.devices,
        alarms=len(arrivals_s),
        missing=int((~has_arrived & (arrivals_s > due_s)).sum()),
        arrivals_s=arrivals_s.tolist(),
        answers_s=_ages_s(alarms, "help_coming_us", end_us).tolist(),
        outages_s=((ends_us - interruptions["start_us"]) / US_PER_S).tolist(),
        offered=int(devices["offered"].sum()),
        lost=sum(int(devices[name].sum()) for name in ("given_up", "dropped", "expired")),
        retries=int(devices["retransmissions"].sum()),
        silent=int(((devices["offered"] > 0) & (devices["delivered"] == 0)).sum()),
        cells=len(years),
        cells_low=int((years < low_years).sum()),
        attacks=attacks(tables["hub_refusals"]),
        intrusions=int(
            np.isin(tables["events"]["event"], [words.EVENTS[code] for code in INTRUSIONS]).sum()
        ),
        patches_due=int(is_due.sum()),
        patches_overdue=int((is_due & np.ma.getmaskarray(updates["running_us"])).sum()),
    )


def attacks(hub_refusals: Columns) -> int:
    """Return how many packets the hub refused that only an attacker sends."""
    reasons = [words.REFUSALS[reason] for reason in ATTACKS]
    return int(hub_refusals["packets"][np.isin(hub_refusals["reason"], reasons)].sum())


def _ages_s(alarms: Columns, stage: str, end_us: int) -> NDArray[np.float64]:
    reached_us = np.ma.filled(np.ma.asarray(alarms[stage]), end_us)
    return np.asarray((reached_us - np.ma.getdata(alarms["raised_us"])) / US_PER_S, np.float64)
