"""The bearers of a whole community: wired up from a scenario, one connection for each device."""

from .connection import Connection
from .ip_network import IpNetwork
from .lora_network import LoraNetwork
from .nbiot_network import NbiotNetwork
from .rs485_network import Rs485Network

__all__ = ["Connection", "IpNetwork", "LoraNetwork", "NbiotNetwork", "Rs485Network"]
