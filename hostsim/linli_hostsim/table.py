"""The table by device kind: its rows for any medium, and as a rich table for the terminal."""

from rich.table import Table

from . import quantities
from .quantities import NOTHING, count, duration
from .summary import KindSummary

NOTE = "Latency: from app to hub, of delivered messages. Alarm answer: until the device heard it."


def _cells(kind: KindSummary) -> dict[str, str]:
    alarms = f"{count(kind.alarms_at_hub)} of {count(kind.alarms)}" if kind.alarms else NOTHING
    return {
        "devices": count(kind.devices),
        "messages offered": count(kind.offered),
        "delivered": count(kind.delivered),
        "delivered, share": quantities.share(kind.delivered, kind.offered),
        "given up": count(kind.given_up),
        "outstanding at the end": count(kind.outstanding),
        "latency p50": duration(kind.latency.p50_us),
        "latency p99": duration(kind.latency.p99_us),
        "latency max": duration(kind.latency.max_us),
        "alarms at the hub": alarms,
        "alarm answer p50": duration(kind.acknowledgement.p50_us),
        "alarm answer max": duration(kind.acknowledgement.max_us),
        "retries": count(kind.retransmissions),
        "packets refused": count(kind.refused),
        "on air": quantities.size(kind.bytes_on_air),
        "energy": quantities.energy(kind.energy_j),
        "battery life p50": quantities.years(kind.battery_years_p50),
        "battery life min": quantities.years(kind.battery_years_min),
    }


def rows(kinds: list[KindSummary]) -> list[tuple[str, list[str]]]:
    """Return (quantity, its value for each kind) in the order of reading."""
    by_kind = [_cells(kind) for kind in kinds]
    return [(label, [cells[label] for cells in by_kind]) for label in by_kind[0]] if by_kind else []


def terminal_table(title: str, kinds: list[KindSummary]) -> Table:
    """Return the table; a quantity is a row, so that it fits 80 columns."""
    table = Table(title=title, caption=NOTE, title_justify="left", caption_justify="left")
    table.add_column("")
    for kind in kinds:
        table.add_column(kind.kind, justify="right")
    for label, values in rows(kinds):
        table.add_row(label, *values)
    return table
