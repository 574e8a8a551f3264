"""The results of `linli bench sim` as cells, a table for the terminal, and JSON."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from linli_hostsim.quantities import NOTHING, count

from .measure import Result, Results
from .rows import METERS

COLUMNS = (
    "job, by",
    "done",
    "CPU s",
    "wall s",
    "a CPU second",
    "µs each",
    "peak MB",
    "delivered",
    "ratio",
)
NOTES = (
    "Each row is a process of its own; medians of its rounds, which rows take in turns. ratio: how "
    "many times as fast as the fastest peer, in processor time; delivered: the share of packets "
    "that arrived, on which those who simulate the same thing agree."
)


def heading(results: Results) -> str:
    """Return what was measured on which machine."""
    versions = ", ".join(f"{name} {number}" for name, number in results.versions.items())
    return f"{results.processor}, {results.system}, {versions}, {results.date}"


def sections(results: Results) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Yield each job with its unit, and the cells of its rows, as COLUMNS has them."""
    for job, unit in dict.fromkeys((each.row.job, each.row.unit) for each in results.rows):
        rows = [each for each in results.rows if each.row.job == job]
        yield f"{job}: {unit}s", [_cells(each, results.ratio(each)) for each in rows]


def footnotes(results: Results) -> Iterator[str]:
    """Yield what is to be said of single rows, and of all cities."""
    yield from dict.fromkeys(f"{each.row.by}: {each.note}" for each in results.rows if each.note)
    spread = results.spread()
    if spread is not None:
        yield f"{METERS}: a device-day in the dearest costs {spread:.2f} times that in the cheapest"


def table(results: Results) -> Table:
    """Return the table for a terminal."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for number, column in enumerate(COLUMNS):
        made.add_column(column, justify="right" if number else "left", no_wrap=number > 0)
    for job, rows in sections(results):
        made.add_row(f"[bold]{job}[/]")
        for name, *cells in rows:
            made.add_row(f"  {name}", *cells)
    return made


def to_json(results: Results) -> dict[str, Any]:
    """Return everything that was measured."""
    return {
        "processor": results.processor,
        "system": results.system,
        "versions": results.versions,
        "date": results.date,
        "rows": [_row_to_json(each, results.ratio(each)) for each in results.rows],
        "spread": results.spread(),
    }


def _row_to_json(result: Result, ratio: float | None) -> dict[str, Any]:
    row, measured = result.row, result.measured
    return {
        "job": row.job,
        "by": row.by,
        "unit": row.unit,
        "is_peer": row.is_peer,
        "count": measured and measured.count,
        "cpu_s": measured and measured.cpu_s,
        "wall_s": measured and measured.wall_s,
        "per_cpu_s": result.per_cpu_s,
        "peak_bytes": measured and measured.peak_bytes,
        "delivered": measured and measured.delivered,
        "ratio": ratio,
        "note": result.note,
    }


def _cells(result: Result, ratio: float | None) -> tuple[str, ...]:
    measured, rate = result.measured, result.per_cpu_s
    speed = _figure(rate), _figure(1e6 / rate if rate else None)
    if measured is None:
        return (result.row.by, NOTHING, NOTHING, NOTHING, *speed, NOTHING, NOTHING, NOTHING)
    return (
        result.row.by,
        _figure(measured.count),
        _figure(median(measured.cpu_s)),
        _figure(median(measured.wall_s)),
        *speed,
        _figure(measured.peak_bytes / 1e6),
        NOTHING if measured.delivered is None else f"{measured.delivered:.4f}",
        _figure(ratio),
    )


def _figure(value: float | None) -> str:
    if value is None:
        return NOTHING
    return f"{value:.3g}" if value < 999.5 else count(round(value))
