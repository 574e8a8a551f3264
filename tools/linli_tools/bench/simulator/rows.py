"""What `linli bench sim` measures: who does which job, at which size, how often."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from linli_hostsim.quantities import count

LINLI = "Linli"
COMPILED = "Linli, compiled"
METERS = "meters alone"

_NS3 = "ns-3.37 lorawan"
LARGE = 100_000

# Number, name in the paper, check; number 3 lets each node take its fastest setting.
_EXPERIMENTS = ((0, "SN1", "simple"), (0, "SN1", "full"), (3, "SN4", "full"))

# Measured: what a process has before, and what a device of a city adds.
_PROCESS_BYTES = 100_000_000
_METER_BYTES = 350
_DEVICE_BYTES = 1_800

Arguments = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything.

    `meters` are cities of meters alone, `cities` such as the scenario `city`, all for `city_hours`.
    Those of more than LARGE devices are done once, all else `rounds` times in turns.
    """

    rounds: int
    pending: int
    events: int
    nodes: int
    packets: int
    peer_packets: int
    example_devices: tuple[int, ...]
    twins: int
    twins_s: int
    meters: tuple[int, ...]
    cities: tuple[int, ...]
    city_hours: float


FULL = Sizes(
    rounds=3,
    pending=2_300,
    events=300_000,
    nodes=1_000,
    packets=2_000_000,
    peer_packets=100_000,
    example_devices=(2_000, 10_000),
    twins=1_000,
    twins_s=20,
    meters=(10_000, 100_000, 300_000, 1_000_000),
    cities=(100_000, 1_000_000),
    city_hours=24,
)
QUICK = Sizes(
    rounds=1,
    pending=2_300,
    events=100_000,
    nodes=1_000,
    packets=200_000,
    peer_packets=20_000,
    example_devices=(2_000, 10_000),
    twins=200,
    twins_s=10,
    meters=(10_000, 30_000),
    cities=(10_000,),
    city_hours=6,
)


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody's way to do a `job`; those of one job are compared.

    `work` and `arguments` are the worker's. `folder` comes before the installed packages.
    `memory_bytes` is what the work takes where that may be too much.
    """

    job: str
    by: str
    unit: str
    work: str
    arguments: Arguments
    rounds: int
    is_peer: bool = False
    folder: Path | None = None
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a peer did where its authors' code was run; `per_s` None where it did not finish."""

    job: str
    by: str
    unit: str
    per_s: float | None
    note: str
    is_peer: bool = field(default=True, init=False)


def rows(
    sizes: Sizes, scenario: str, hours: float, lorasim: Path | None, compiled: Path | None
) -> Iterator[Row | Elsewhere]:
    """Yield all rows; without a copy of `lorasim`, what it does elsewhere."""
    rounds = sizes.rounds
    waiting: Arguments = {"pending": sizes.pending, "events": sizes.events}
    job, unit = f"events, {count(sizes.pending)} pending", "event"
    yield Row(job, f"SimPy {version('simpy')}", unit, "simpy", waiting, rounds, is_peer=True)
    yield Row(job, LINLI, unit, "clockwork", waiting, rounds)
    yield from _experiments(sizes, lorasim)
    yield from _example(sizes)
    twins: Arguments = {"devices": sizes.twins, "seconds": sizes.twins_s}
    job, unit = "twins, sealed and opened end to end", "packet"
    yield Row(job, LINLI, unit, "twins", twins, rounds)
    if compiled is not None:
        yield Row(job, COMPILED, unit, "twins", twins, rounds, folder=compiled)
    community: Arguments = {"scenario": scenario, "hours": hours}
    job = f"scenario {scenario}, {hours:g} h"
    yield Row(job, LINLI, unit, "community", community, rounds)
    if compiled is not None:
        yield Row(job, COMPILED, unit, "community", community, rounds, folder=compiled)
    for devices in sizes.meters:
        yield _city(sizes, METERS, "meters", devices, _METER_BYTES)
    for devices in sizes.cities:
        yield _city(sizes, "scenario city", "city", devices, _DEVICE_BYTES)


def _city(sizes: Sizes, name: str, work: str, devices: int, device_bytes: int) -> Row:
    return Row(
        f"{name}, {count(devices)} devices, {sizes.city_hours:g} h",
        LINLI,
        "device-day",
        work,
        {"devices": devices, "hours": sizes.city_hours},
        1 if devices >= LARGE else sizes.rounds,
        memory_bytes=_PROCESS_BYTES + device_bytes * devices,
    )


def _experiments(sizes: Sizes, lorasim: Path | None) -> Iterator[Row | Elsewhere]:
    for number, name, rule in _EXPERIMENTS:
        job = f"LoRaSim {name}, {count(sizes.nodes)} nodes, {rule} check"
        same: Arguments = {"number": number, "nodes": sizes.nodes, "rule": rule}
        ours = {**same, "packets": sizes.packets}
        if lorasim is not None:
            theirs = {**same, "packets": sizes.peer_packets, "path": str(lorasim.absolute())}
            yield Row(job, "LoRaSim", "packet", "loradir", theirs, sizes.rounds, is_peer=True)
        else:
            note = "43 000 to 80 000 packets/s with its prints removed, on two shared cores"
            yield Elsewhere(job, "LoRaSim", "packet", 80_000, note)
        yield Row(job, LINLI, "packet", "lorasim", ours, sizes.rounds)


def _example(sizes: Sizes) -> Iterator[Row | Elsewhere]:
    for devices in sizes.example_devices:
        job = f"ns-3 lorawan's example, {count(devices)} devices, 1 h"
        if devices == 2_000:
            note = "12 000 packets of 2 000 devices in 37 s, on two shared cores"
            yield Elsewhere(job, _NS3, "packet", 320, note)
        elif devices == 10_000:
            note = "10 000 devices had not done their hour after 100 s"
            yield Elsewhere(job, _NS3, "packet", None, note)
        arguments: Arguments = {"devices": devices, "hours": 1}
        yield Row(job, LINLI, "packet", "ns3_example", arguments, sizes.rounds)
