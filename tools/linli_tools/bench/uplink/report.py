"""What `linli bench uplink` shows."""

from dataclasses import asdict
from typing import Any

from rich.table import Table

from ..delays import Delays
from .community import Outage
from .measure import Measured


def to_json(outage: Outage, found: Measured) -> dict[str, Any]:
    """Return all that was measured."""
    return {**asdict(outage), **asdict(found), "caught_up_rows_s": found.caught_up_rows_s}


def tables(outage: Outage, found: Measured) -> list[Table]:
    """Return what the outage cost, and what live rows felt."""
    title = f"{outage.hours:g} h of {outage.devices} devices, {outage.rows_a_day:g} rows a day each"
    cost = Table("what it cost", "", title=title)
    cost.add_row("rows that waited", f"{found.rows:,}")
    cost.add_row("bytes a row on disk, all tables and indexes", f"{found.bytes_a_row:.0f}")
    cost.add_row("rows written a second", f"{found.written_rows_s:,.0f}")
    cost.add_row("time to catch up", f"{found.caught_up_s:,.0f} s")
    cost.add_row("rows sent a second meanwhile", f"{found.caught_up_rows_s:,.0f}")
    felt = Table("live rows", "while", "count", "p50", "p99", "longest", title="to the broker, ms")
    for while_, delays in (
        ("catching up", found.catching_up),
        ("afterwards", found.afterwards),
    ):
        for kind in sorted(delays):
            felt.add_row(kind, while_, *_cells(delays[kind]))
    return [cost, felt]


def _cells(delays: Delays) -> list[str]:
    times = (delays.p50_s, delays.p99_s, delays.longest_s)
    return [str(delays.count), *(f"{1000 * each:.0f}" for each in times)]
