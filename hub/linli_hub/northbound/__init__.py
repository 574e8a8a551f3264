"""Northbound: the log on its way up, and what may leave the hub; docs/NORTHBOUND.md."""

from .forwarder import Deliver, Forwarder, Limits
from .newest import NEWEST
from .reading import LogReader
from .selection import GIVEN_UP, Selection

__all__ = [
    "GIVEN_UP",
    "NEWEST",
    "Deliver",
    "Forwarder",
    "Limits",
    "LogReader",
    "Selection",
]
