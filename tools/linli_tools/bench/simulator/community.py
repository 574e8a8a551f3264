"""A community as `linli sim run` simulates it: every device a twin, all bearers, the results."""

from linli_hostsim.packet import Fate
from linli_hostsim.results import Results
from linli_hostsim.run import run
from linli_hostsim.scenario import parse, read

from .stopwatch import Done, Stopwatch


def packets(scenario: str, hours: float) -> Done:
    """Simulate some hours of a shipped scenario or a file."""
    toml = read(scenario)
    stopwatch = Stopwatch()
    results = run(parse(toml, scenario), scenario_toml=toml, hours=hours)
    return stopwatch.done(int(results.tables["fates"]["packets"].sum()), arrived(results))


def arrived(results: Results) -> float:
    """Return the share of all packets that arrived."""
    fates = results.tables["fates"]
    delivered = fates["packets"][fates["fate"] == Fate.DELIVERED.name.lower()].sum()
    return float(delivered / fates["packets"].sum())
