"""What is bought for a scenario's community, and what that costs at given prices."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ..scenario import Scenario
from .prices import Prices


@dataclass(frozen=True, slots=True)
class Equipment:
    """Counts of pieces; `ways` counts the devices that have each bearer, two if they have two."""

    devices: Mapping[str, int]
    ways: Mapping[str, int]
    lora_gateways: int
    ble_gateways: int
    buses: int
    edge_nodes: int

    @classmethod
    def of(cls, scenario: Scenario) -> "Equipment":
        """Return what a scenario has, gateways and buses only where devices need them."""
        devices: Counter[str] = Counter()
        ways: Counter[str] = Counter()
        for group in scenario.devices:
            count = group.number(scenario.households)
            devices[group.kind] += count
            for bearer in group.bearers:
                ways[bearer] += count
        return cls(
            dict(devices),
            dict(ways),
            scenario.lora.gateways if ways["lora"] else 0,
            scenario.ble.gateways if ways["ble"] else 0,
            -(-ways["rs485"] // scenario.rs485.devices_per_bus),
            1 + scenario.edge.standbys,
        )

    @property
    def device_count(self) -> int:
        """Devices of all kinds."""
        return sum(self.devices.values())


def bought(equipment: Equipment, prices: Prices) -> dict[str, float]:
    """Return what is paid once, fitting included, in yuan by item."""
    priced = prices.model_dump()
    found = {
        f"{kind}s": count * (priced[f"{kind}_yuan"] + priced[f"{kind}_fitting_yuan"])
        for kind, count in sorted(equipment.devices.items())
    }
    found["ways"] = sum(count * priced[f"{way}_yuan"] for way, count in equipment.ways.items())
    found["gateways and buses"] = (
        equipment.lora_gateways * (prices.lora_gateway_yuan + prices.lora_gateway_fitting_yuan)
        + equipment.ble_gateways * prices.ble_gateway_yuan
        + equipment.buses * prices.bus_master_yuan
    )
    found["edge nodes"] = equipment.edge_nodes * (
        prices.edge_node_yuan + prices.edge_node_fitting_yuan
    )
    return found


def kept_running(equipment: Equipment, prices: Prices) -> dict[str, float]:
    """Return what power and networks cost in a year, in yuan by item."""
    return {
        "NB-IoT": equipment.ways.get("nbiot", 0) * prices.nbiot_yuan_year,
        "gateways": equipment.lora_gateways * prices.lora_gateway_yuan_year,
        "edge nodes": equipment.edge_nodes * prices.edge_node_yuan_year,
    }
