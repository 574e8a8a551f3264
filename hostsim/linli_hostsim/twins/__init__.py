"""Devices of the simulated community: the real logic, link and session on the virtual clock."""

from .door import DoorTwin
from .meter import MeterTwin
from .panic import PanicTwin
from .twin import Twin, Way

__all__ = ["DoorTwin", "MeterTwin", "PanicTwin", "Twin", "Way"]
