"""What would break first: how near each shared resource came to its limit in its busiest hour."""

from dataclasses import dataclass

from ..results import Results
from ..scenario import Scenario
from .listing import Listing
from .occupancy import hours_us, occupancy

ALOHA_PEAK = 0.5
"""Erlang at which pure ALOHA carries most (Abramson 1970): more load, and less gets through."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A resource, the part of the busiest hour in which it was used, and how much of it can be."""

    name: str
    used: float
    limit: float
    why: str

    @property
    def share(self) -> float:
        """How much of the limit was used."""
        return self.used / self.limit


def limits(results: Results, described: Scenario) -> list[Limit]:
    """Return the resources that were used, the one nearest to its limit first."""
    air, duration_s = results.tables["airtime_by_hour"], results.meta.duration_s
    used = set(air["bearer"][air["airtime_us"] > 0])
    found = []
    if "lora" in used:
        busiest = occupancy(air, "lora", duration_s).max() / 100
        busiest *= _part_in_reach(results, described.lora.gateways)
        why = "pure ALOHA carries less with more load; capture and data rates help"
        found.append(Limit("busiest LoRa channel, as a gateway hears it", busiest, ALOHA_PEAK, why))
        bands = described.lora.channel_plan.sub_bands
        duty = max(band.duty_cycle for band in bands)
        down = {name: column[air["direction"] == "down"] for name, column in air.items()}
        if len(down["hour"]):
            sent = occupancy(down, "lora", duration_s).sum(axis=0).max() / 100
            why = "duty cycle of the region" if duty < 1 else "deaf while they send"
            mean = sent / described.lora.gateways
            found.append(Limit("LoRa gateways' sending, their mean", mean, duty, why))
    if "rs485" in used:
        busiest = occupancy(air, "rs485", duration_s).max() / 100
        found.append(Limit("busiest RS-485 bus", busiest, 1.0, "one frame at a time"))
    hub = results.tables["hub_by_hour"]
    if len(hub["hour"]):
        length_us = hours_us(duration_s)[hub["hour"]]
        busiest = float((hub["busy_us"] / length_us).max()) / described.hub.servers
        found.append(Limit("the hub's servers", busiest, 1.0, "then its queue grows"))
    return sorted(found, key=lambda limit: limit.share, reverse=True)


def _part_in_reach(results: Results, gateways: int) -> float:
    """Return which part of the devices is in reach of a LoRa gateway, the mean of all gateways."""
    links = results.tables["links"]
    heard_by = links["heard_by"][links["bearer"] == "lora"]
    return float(heard_by.mean()) / gateways if len(heard_by) else 1.0


def listing(found: list[Limit]) -> Listing:
    """Return them as a table."""
    return Listing(
        "Use in the busiest hour, as a part of what is possible",
        ["resource", "of its limit", "used", "limit", "why that"],
        [
            [limit.name, percent(limit.share), percent(limit.used), percent(limit.limit), limit.why]
            for limit in found
        ],
        words=(0, 4),
    )


def percent(share: float) -> str:
    """Return a share in per cent with three digits."""
    return f"{100 * share:.3g} %"
