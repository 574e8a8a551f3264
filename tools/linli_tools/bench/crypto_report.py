"""The results of `linli bench crypto` as tables and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from linli_hostsim.quantities import NOTHING, count

from .crypto import Measured, Results
from .jobs import GROUPS, Group

NOTES = (
    "Medians of calls from Python, in processor time; ns are those of one message; ratio: how many "
    "times as fast as the fastest peer. Packets have 8 B of header and 16 B of tag. Of the peers "
    "libgcrypt seals them with CCM, the others with GCM; for frames they have binascii's CRC and "
    "the COBS of the package cobs. In batches they are called once a message. libgcrypt is called "
    "through cffi, at some 0.3 µs a step."
)


def to_json(results: Results) -> dict[str, Any]:
    """Return everything that was measured."""
    return {
        "machine": asdict(results.machine),
        "absent": results.absent,
        "jobs": [_job_to_json(results, one) for one in results.measured],
    }


def _job_to_json(results: Results, one: Measured) -> dict[str, Any]:
    engines = {f"{results.own[0]} {name}": value for name, value in one.by_engine.items()}
    by = {
        name: {
            "ns_per_message": seconds * 1e9,
            "cycles_per_byte": one.clock_hz and seconds * one.clock_hz / one.job.length,
        }
        for name, seconds in (one.seconds | engines).items()
    }
    best = _best_peer(results, one)
    return {
        "group": one.group.title,
        "job": one.job.name,
        "bytes": one.job.length,
        "messages": one.job.messages,
        "clock_hz": one.clock_hz,
        "by": by,
        "best_peer": best,
        "ratio": _ratio(results, one),
    }


def _best_peer(results: Results, one: Measured) -> str | None:
    peers = {name: time for name, time in one.seconds.items() if name not in results.own}
    return min(peers, key=lambda name: peers[name], default=None)


def _ratio(results: Results, one: Measured) -> float | None:
    best, own = _best_peer(results, one), one.seconds.get(results.own[0])
    return one.seconds[best] / own if best and own else None


def heading(results: Results) -> str:
    """Return the lines above the tables."""
    machine = results.machine
    clock = f"{machine.clock_hz / 1e9:.2f} GHz" if machine.clock_hz else "clock not known"
    missing = (f"not here: {name} ({how})" for name, how in results.absent.items())
    return "\n".join(
        [
            f"{machine.processor}, {clock}, {machine.system}, {machine.date}",
            f"engine {machine.engine}",
            *missing,
        ]
    )


def tables(results: Results) -> Iterator[Table]:
    """Yield a table for each group of jobs, and one of the engines."""
    for group in GROUPS:
        yield _group_table(results, group)
    if len(results.machine.engines) > 1:
        yield _engine_table(results, by_byte=True)
        yield _engine_table(results, by_byte=False)


def _group_table(results: Results, group: Group) -> Table:
    rows = [one for one in results.measured if one.group is group]
    names = [name for name in results.machine.versions if any(name in one.seconds for one in rows)]
    title = f"{group.title}: {_unit(results, group.by_byte)}"
    table = _table("job", title)
    for name in names:
        table.add_column(f"{name}\n{results.machine.versions[name]}", justify="right")
    table.add_column("ratio", justify="right")
    for one in rows:
        ratio = _ratio(results, one)
        cells = (_cell(one, one.seconds.get(name)) for name in names)
        table.add_row(one.job.name, *cells, f"{ratio:.3g}" if ratio else NOTHING)
    return table


def _engine_table(results: Results, by_byte: bool) -> Table:
    """Return a table with a row for each engine, the one at work first."""
    rows = [one for one in results.measured if one.by_engine and one.group.by_byte == by_byte]
    table = _table("engine", f"Every engine: {_unit(results, by_byte)}")
    for one in rows:
        table.add_column(one.job.name, justify="right")
    chosen, *others = results.machine.engines
    table.add_row(chosen, *(_cell(one, one.seconds[results.own[0]]) for one in rows))
    for name in others:
        table.add_row(name, *(_cell(one, one.by_engine[name]) for one in rows))
    return table


def _table(first_column: str, title: str) -> Table:
    table = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True
    )
    table.add_column(first_column, no_wrap=True)
    return table


def _unit(results: Results, by_byte: bool) -> str:
    return "cycles a byte" if by_byte and results.machine.clock_hz else "ns"


def _cell(one: Measured, seconds: float | None) -> str:
    if seconds is None:
        return NOTHING
    if one.group.by_byte and one.clock_hz:
        value = seconds * one.clock_hz / one.job.length
    else:
        value = seconds * 1e9
    return f"{value:.3g}" if value < 999.5 else count(round(value))
