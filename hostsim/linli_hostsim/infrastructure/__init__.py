"""The bearers of a whole community: wired up from a scenario, one connection for each device."""

from .ble_network import BleNetwork
from .connection import Connection
from .ip_network import IpNetwork
from .lora_cohort import LoraCohort
from .lora_network import LoraNetwork
from .nbiot_network import NbiotNetwork
from .network import Network
from .rs485_network import Rs485Network
from .wifi_network import WifiNetwork

__all__ = [
    "BleNetwork",
    "Connection",
    "IpNetwork",
    "LoraCohort",
    "LoraNetwork",
    "NbiotNetwork",
    "Network",
    "Rs485Network",
    "WifiNetwork",
]
