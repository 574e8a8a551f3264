"""What the hub asks of a way to its devices."""

from collections.abc import Callable
from typing import Protocol

from linli_protocol.bearer import Bearer

Reply = Callable[[bytes], bool]
"""Sends a packet to where another came from; False when that is gone, or takes nothing more."""

Receiver = Callable[[str, bytes, Reply], bool]
"""Takes (name of the way, packet, how to answer); tells whether the packet is authentic.

An answer goes only where an authentic packet came from last: an address in a header proves nothing.
"""


class WayError(Exception):
    """A way cannot be opened; the message names it and says why."""


class Way(Protocol):
    """One way, under the name by which devices are enrolled on it."""

    name: str

    def bearer(self) -> Bearer:
        """Return a link's view of this way."""
        ...

    def route(self, device: int) -> Reply | None:
        """Return how to reach a device that was not heard yet, None when that takes its word."""
        ...

    async def serve(self, receive: Receiver) -> None:
        """Carry packets until cancelled; WayError when it cannot begin."""
        ...
