"""The simulator: events and packets a second of a community, beside SimPy with nothing to do."""

import resource
import sys
from collections.abc import Generator
from time import perf_counter

from simpy import Environment, Event

from linli_hostsim.run import run
from linli_hostsim.scenario import ScenarioError, parse, read

from ..failure import Failure
from .measure import Measurement
from .twins import packets_per_s

SIMPY_EVENTS = 300_000
SIMPY_PROCESSES = 2_300


def _simpy_alone() -> float:
    """Return SimPy's events a second: as many processes as a large community has devices."""
    environment = Environment()

    def wait(step_us: int) -> Generator[Event, None, None]:
        while True:
            yield environment.timeout(step_us)

    for number in range(SIMPY_PROCESSES):
        environment.process(wait(1_000_000 + number))
    begin_s = perf_counter()
    for _ in range(SIMPY_EVENTS):
        environment.step()
    return SIMPY_EVENTS / (perf_counter() - begin_s)


def _memory_mb() -> float:
    """Return the greatest resident memory of this process, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def measure(name: str, hours: float) -> list[Measurement]:
    """Return rates and memory of `hours` of a scenario."""
    try:
        toml = read(name)
        scenario = parse(toml, name)
    except ScenarioError as error:
        raise Failure(str(error)) from error
    simpy_alone = _simpy_alone()
    results = run(scenario, scenario_toml=toml, hours=hours)
    packets = int(results.tables["fates"]["packets"].sum())
    return [
        Measurement("events", "SimPy alone", simpy_alone, "1/s"),
        Measurement("events", name, results.events_per_s, "1/s"),
        Measurement("packets", name, packets / results.wall_s, "1/s"),
        Measurement("packets", "twins, end to end", packets_per_s(), "1/s"),
        Measurement("simulated time", name, results.meta.duration_s / results.wall_s, "s/s"),
        Measurement("wall-clock time", name, results.wall_s, "s"),
        Measurement("greatest memory", "this process", _memory_mb(), "MB"),
    ]
