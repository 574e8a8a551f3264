"""The description of a community that a run simulates, as a TOML file of these tables and keys.

Every key but those of [[devices]], `name`, `description` and `households` has a default; its
description says where the default comes from. "Assumption" marks a round figure of our own.
"""

from .ble import Ble
from .devices import Devices
from .disruptions import PowerCut
from .edge import Edge
from .errors import NoScenarioError, ScenarioError
from .faults import (
    AlarmFlood,
    Attack,
    BackhaulOutage,
    BrokenBusDevice,
    Fault,
    Faults,
    Jamming,
    NodeFailure,
)
from .fidelity import is_cohort, way_to_hub_ms
from .files import load, parse, read, shipped
from .hub import Hub
from .ip import Backhaul, IpPath, Wifi
from .lora import Lora
from .model import Scenario
from .nbiot import Nbiot
from .people import People, Site
from .plan import Plan
from .rs485 import Rs485
from .updates import Update

__all__ = [
    "AlarmFlood",
    "Attack",
    "Backhaul",
    "BackhaulOutage",
    "Ble",
    "BrokenBusDevice",
    "Devices",
    "Edge",
    "Fault",
    "Faults",
    "Hub",
    "IpPath",
    "Jamming",
    "Lora",
    "Nbiot",
    "NoScenarioError",
    "NodeFailure",
    "People",
    "Plan",
    "PowerCut",
    "Rs485",
    "Scenario",
    "ScenarioError",
    "Site",
    "Update",
    "Wifi",
    "is_cohort",
    "load",
    "parse",
    "read",
    "shipped",
    "way_to_hub_ms",
]
