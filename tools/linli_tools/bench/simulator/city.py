"""Cities of any size: meters on arrays alone, and the scenario `city` with all that it has."""

import math

from linli_hostsim.clockwork import US_PER_H
from linli_hostsim.cohort import city
from linli_hostsim.packet import Fate
from linli_hostsim.run import run
from linli_hostsim.scenario import Devices, Scenario, load, read

from .community import arrived
from .lora import SEED
from .stopwatch import Done, Stopwatch

HOURS_A_DAY = 24
_SCENARIO = "city"


def meters(devices: int, hours: float) -> Done:
    """Build a city of linli_hostsim.cohort.city and let it live; counts its devices' days."""
    stopwatch = Stopwatch()
    cohort = city.city(devices, SEED)
    cohort.run(round(hours * US_PER_H))
    ended = cohort.tallies.fates.sum(axis=0)
    return stopwatch.done(devices * hours / HOURS_A_DAY, float(ended[Fate.DELIVERED] / ended.sum()))


def scenario(devices: int, hours: float) -> Done:
    """Simulate the scenario `city` scaled to so many devices; counts its devices' days."""
    toml = read(_SCENARIO)
    full = load(_SCENARIO)
    scaled = _scaled(full, devices / sum(group.number(full.households) for group in full.devices))
    stopwatch = Stopwatch()
    results = run(scaled, scenario_toml=toml, hours=hours)
    return stopwatch.done(
        len(results.tables["devices"]["device"]) * hours / HOURS_A_DAY, arrived(results)
    )


def _scaled(full: Scenario, share: float) -> Scenario:
    """Return a city as dense as the `full` one, with a `share` of its devices and gateways."""
    side = math.sqrt(share)
    gateways = max(1, round(full.lora.gateways * share))
    site = {"width_m": full.site.width_m * side, "height_m": full.site.height_m * side}
    outages = tuple(
        outage
        if outage.gateway is None
        else outage.model_copy(update={"gateway": min(outage.gateway, gateways - 1)})
        for outage in full.faults.backhaul
    )
    return full.model_copy(
        update={
            "households": max(1, round(full.households * share)),
            "site": full.site.model_copy(update=site),
            "lora": full.lora.model_copy(update={"gateways": gateways}),
            "faults": full.faults.model_copy(update={"backhaul": outages}),
            "devices": tuple(_fewer(group, full.households, share) for group in full.devices),
        }
    )


def _fewer(group: Devices, households: int, share: float) -> Devices:
    count = max(1, round(group.number(households) * share))
    # A small city would have twins only.
    fidelity = "cohort" if group.kind == "meter" else "twin"
    return group.model_copy(update={"count": count, "fidelity": fidelity})
