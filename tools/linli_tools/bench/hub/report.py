"""What `linli bench hub` shows."""

from dataclasses import asdict
from typing import Any

from rich.table import Table

from ..delays import Delays
from ..machine import processor
from .flatness import Trend
from .measure import OUTSTANDING, Found

# The goals of docs/BENCH_HUB.md.
_DEVICES = 10_000
_PACKETS_S = 5_000
_ALARM_S = 0.2
_MEMORY = 300_000_000

EMQX = (
    "EMQX 4.3, as published and not measured here: 500 000 messages/s of 50 bytes at QoS 1 by "
    "five computers of 32 cores, 3 125 a core (emqx.com, report of ten million connections)."
)
COMPARED = (
    "Mosquitto keeps each client's last message in memory, acknowledges it, and writes its store "
    "to disk after each thousand changes. The hub opens, judges, seals and chains each packet, "
    "and acknowledges it once SQLite has it on disk."
)


def to_json(found: Found) -> dict[str, Any]:
    """Return all that was measured."""
    told = asdict(found) | {"processor": processor()}
    for name, trend in found.trends.items():
        if trend is not None:
            told["trends"][name]["flat"] = trend.flat
    return told


def tables(found: Found) -> list[Table]:
    """Return what the hub did beside its goals, then how it went over time, then its peer."""
    shown = [_goals(found), _course(found), _flatness(found)]
    if found.mosquitto is not None:
        shown.append(_peer(found))
    return shown


def _goals(found: Found) -> Table:
    title = (
        f"{'compiled, ' if found.compiled else ''}{found.rate:,.0f} packets/s for "
        f"{found.seconds:,.0f} s ({processor()}; the disk takes "
        f"{1000 * found.sync_s:.2f} ms to have 4 KiB for sure)"
    )
    table = Table("", "measured", "goal", "", title=title)
    sustained = (found.sent - found.unanswered) / found.seconds

    def add(name: str, measured: str, goal: str = "", reached: bool | None = None) -> None:
        mark = "" if reached is None else "reached" if reached else "missed"
        table.add_row(name, measured, goal, mark)

    enough = found.devices >= _DEVICES
    add("devices connected", f"{found.devices:,}", f"{_DEVICES:,}", enough)
    add("joined in", f"{found.joined_s:.1f} s")
    add(
        "packets/s sustained, acknowledged when on disk",
        f"{sustained:,.0f}",
        f"{_PACKETS_S:,}",
        sustained >= 0.99 * _PACKETS_S and not found.unanswered,
    )
    add(f"packets/s at most, {OUTSTANDING:,} on their way", f"{found.most_packets_s:,.0f}")
    add("packets without an acknowledgement", f"{found.unanswered:,}", "0", not found.unanswered)
    kept = found.rows == found.rows_expected
    add("rows in the log for packets acknowledged", f"{found.rows:,}", "all", kept)
    add("packet acknowledged, ms: p50, p99, longest", _cells(found.acknowledged))
    add(
        "alarm acknowledged, ms: p50, p99, longest",
        _cells(found.alarms),
        f"p99 {1000 * _ALARM_S:.0f}",
        found.alarms.p99_s <= _ALARM_S if found.alarms.count else None,
    )
    add("alarm on a dashboard, ms: p50, p99, longest", _cells(found.seen))
    add("alarms, and not seen", f"{found.alarms.count:,}, {found.unseen:,}")
    add(
        "memory at most, MB",
        _mb(found.memory_most),
        _mb(_MEMORY),
        found.memory_most <= _MEMORY,
    )
    add("memory of an empty hub, MB", _mb(found.memory_empty))
    per_device = (found.memory_joined - found.memory_empty) / found.devices
    add("memory a device that has joined, kB", f"{per_device / 1000:.1f}")
    add("cores busy, of the hub", f"{found.cores:.2f}")
    add("processor time a packet, µs", f"{found.cpu_us_a_packet:.0f}")
    add("the same at most packets/s", f"{found.most_cpu_us_a_packet:.0f}")
    add("latest packet of the load itself, ms", f"{1000 * found.late_s:.0f}")
    add("bytes a packet, framed", f"{found.bytes_a_packet:.0f}")
    add("the database's files, MB", _mb(found.database_bytes))
    for kind, count in found.sent_by_kind.items():
        add(f"of 1000 packets: {kind}", f"{1000 * count / found.sent:.1f}")
    return table


def _course(found: Found) -> Table:
    table = Table("s", "MB", "cores", "acknowledged", "alarms", "dashboard", title="p99 in ms")
    for each in found.samples:
        delays = (each.acknowledged, each.alarms, each.seen)
        cells = (f"{1000 * delay.p99_s:.0f}" for delay in delays)
        table.add_row(f"{each.at_s:.0f}", _mb(each.memory), f"{each.cores:.2f}", *cells)
    return table


def _flatness(found: Found) -> Table:
    columns = ("mean", "change over the load", "its interval at 95 %", "flat within 10 %")
    table = Table("", *columns, title="least squares over the samples")
    for name, trend in found.trends.items():
        table.add_row(name, *_trend(name, trend))
    return table


def _trend(name: str, trend: Trend | None) -> tuple[str, str, str, str]:
    if trend is None:
        return "", "", "", "too few samples"
    mean = f"{trend.mean / 1e6:.0f} MB" if name == "memory" else f"{1000 * trend.mean:.0f} ms"
    flat = {True: "yes", False: "no", None: "cannot be told"}[trend.flat]
    return mean, f"{trend.change:+.1%}", f"{trend.least:+.1%} to {trend.most:+.1%}", flat


def _peer(found: Found) -> Table:
    peer = found.mosquitto
    assert peer is not None
    table = Table(
        f"{found.devices:,} clients, {OUTSTANDING:,} packets on their way",
        "linli",
        "Mosquitto, QoS 1",
        title="as fast as they can",
    )
    table.add_row("packets/s", f"{found.most_packets_s:,.0f}", f"{peer.packets_s:,.0f}")
    table.add_row(
        "processor time a packet, µs",
        f"{found.most_cpu_us_a_packet:.0f}",
        f"{peer.cpu_us_a_packet:.0f}",
    )
    table.add_row("memory, MB", _mb(found.memory_most), _mb(peer.memory))
    return table


def _cells(delays: Delays) -> str:
    times = (delays.p50_s, delays.p99_s, delays.longest_s)
    return ", ".join(f"{1000 * each:.0f}" for each in times)


def _mb(count: int) -> str:
    return f"{count / 1e6:.0f}"
