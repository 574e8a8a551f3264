"""What a bearer's network is to a community, whatever lies between its devices and the hub."""

from typing import Protocol

from ..packet import Packet
from ..roster import Member
from .connection import Connection


class Network(Protocol):
    """All devices on one bearer."""

    def connect(self, member: Member) -> Connection:
        """Connect a device."""
        ...

    def put(self, packet: Packet) -> None:
        """Take a downlink to its destination."""
        ...
