"""The twins in real time: the same logic, against a live hub, over real sockets."""

from .fleet import Fleet, Plan
from .pace import Pace
from .past import live_through

__all__ = ["Fleet", "Pace", "Plan", "live_through"]
