"""What travels through the simulated bearers, and the ways its journey can end."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from linli_protocol import messages

HUB = 0
"""The hub's id; devices have others."""


class Direction(IntEnum):
    """Which way a packet goes, numbered as in the protocol."""

    UP = messages.UP
    DOWN = messages.DOWN


class Fate(IntEnum):
    """How a packet's journey ended; every packet has exactly one."""

    DELIVERED = 0
    COLLIDED = 1
    BELOW_SENSITIVITY = 2
    NO_DEMODULATOR = 3
    GATEWAY_TRANSMITTING = 4
    RECEIVER_ASLEEP = 5
    QUEUE_FULL = 6
    CORRUPTED = 7
    LINK_DOWN = 8
    IN_FLIGHT = 9
    DEVICE_OFF = 10
    DEVICE_TRANSMITTING = 11
    SERVICE_DOWN = 12
    JAMMED = 13


@dataclass(slots=True, eq=False)
class Packet:
    """One sealed packet on its way; `source` and `destination` are device ids or HUB.

    `kind` is the message kind (linli_protocol.messages), carried for the statistics only, since a
    bearer cannot look inside. `bearer` names the first bearer of the path. `airtime_us` and
    `channel` are set by that bearer when the packet is transmitted; `fate` by the tracker.
    """

    source: int
    destination: int
    payload: bytes
    priority: int
    kind: int
    bearer: str
    direction: Direction
    sent_us: int
    airtime_us: int = 0
    channel: int = 0
    fate: Fate | None = None


Out = Callable[[Packet], None]
"""Where an element passes on the packets that it did not lose: the next element's `put`."""
