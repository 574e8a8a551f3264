"""The ways between the hub and its devices, one module each, one interface."""

from .bus import Bus
from .line import Line
from .tcp import Tcp
from .udp import Udp
from .way import Receiver, Reply, Way, WayError

__all__ = ["Bus", "Line", "Receiver", "Reply", "Tcp", "Udp", "Way", "WayError"]
