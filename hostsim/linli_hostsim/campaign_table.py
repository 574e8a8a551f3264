"""How the update campaigns of a run went, by kind of device: rows for any medium, and a rich table.

Times count from the campaign's beginning until a device runs the new version. Bytes and time on air
are of the update's own packets and of acknowledgements while it was under way.
"""

from collections.abc import Mapping

import numpy as np
from rich.table import Table

from .clockwork import US_PER_H, US_PER_S
from .quantities import NOTHING, count, duration, energy, share, size
from .summary import quantiles
from .tables import Columns

SHARES_H = (1, 2, 4, 8, 12, 24, 48, 168)
"""The share that is done is shown after these hours, as far as the run has them."""


def kinds(tables: Mapping[str, Columns]) -> list[str]:
    """Return the kinds of device that were to be updated."""
    return sorted(set(tables["updates"]["kind"]))


def rows(tables: Mapping[str, Columns], duration_s: int) -> list[tuple[str, list[str]]]:
    """Return (quantity, its value for each kind) in the order of reading."""
    names = kinds(tables)
    by_kind = [_cells(tables, kind, duration_s) for kind in names]
    return [(label, [cells[label] for cells in by_kind]) for label in by_kind[0]] if by_kind else []


def terminal_table(tables: Mapping[str, Columns], duration_s: int) -> Table:
    """Return the table; a quantity is a row."""
    table = Table(title="Update campaign", title_justify="left")
    table.add_column("")
    for kind in kinds(tables):
        table.add_column(kind, justify="right")
    for label, values in rows(tables, duration_s):
        table.add_row(label, *values)
    return table


def _cells(tables: Mapping[str, Columns], kind: str, duration_s: int) -> dict[str, str]:
    updates = tables["updates"]
    own = {name: np.ma.asarray(column)[updates["kind"] == kind] for name, column in updates.items()}
    devices = len(own["device"])
    took_us = own["running_us"] - own["start_us"]
    done_us = np.asarray(took_us.compressed(), np.int64)
    cells = {
        "devices": count(devices),
        "run the new version": count(len(done_us)),
        "share": share(len(done_us), devices),
    }
    for fate in sorted(set(updates["fate"]) - {"running"}):
        cells[f"not yet: {fate}"] = count(int((own["fate"] == fate).sum()))
    p50, p95 = quantiles(done_us, [0.5, 0.95]) if len(done_us) else (None, None)
    cells["until it runs, p50"] = duration(p50)
    cells["until it runs, p95"] = duration(p95)
    cells["until it runs, last"] = duration(int(done_us.max()) if len(done_us) else None)
    left_s = duration_s - int(own["start_us"].min()) // US_PER_S
    for hours in SHARES_H:
        if hours * 3600 <= duration_s:
            done = int((done_us <= hours * US_PER_H).sum())
            cells[f"done after {hours} h"] = (
                share(done, devices) if hours * 3600 <= left_s else NOTHING
            )
    cells |= _air(tables["update_air"], kind)
    joules = own["energy_j"].compressed()
    cells["energy a device, p50"] = energy(float(np.median(joules)) if len(joules) else 0.0)
    cells["energy a device, max"] = energy(float(joules.max()) if len(joules) else 0.0)
    return cells


def _air(air: Columns, kind: str) -> dict[str, str]:
    cells = {}
    for bearer in sorted(set(air["bearer"])):
        for direction in ("down", "up"):
            of = (air["bearer"] == bearer) & (air["direction"] == direction)
            is_timed = air["airtime_us"][of].any()
            of &= air["kind"] == kind
            length = int(air["bytes"][of].sum())
            cells[f"{bearer} {direction}"] = size(length) if length else NOTHING
            if is_timed:
                airtime_us = int(air["airtime_us"][of].sum())
                cells[f"{bearer} {direction}, on air"] = duration(airtime_us or None)
    return cells
