"""What LoRaWAN adds to LoRa: its bytes around a packet and its timing between frames."""

from ..clockwork import US_PER_S
from .airtime import airtime_us

OVERHEAD_BYTES = 13
"""MHDR 1, DevAddr 4, FCtrl 1, FCnt 2, FPort 1, MIC 4 (LoRaWAN 1.0.4, section 4)."""

EMPTY_BYTES = OVERHEAD_BYTES - 1
"""A frame without a packet, which has no FPort."""

MAX_PAYLOAD_BYTES = 51
"""The greatest packet at EU868's slowest data rates; CN470 takes 86 at SF10, the slowest at which
its one second leaves more than 23 (LoRaMac-node, RegionEU868.h, RegionCN470.h)."""

RECEIVE_DELAY_US = US_PER_S
"""End of uplink to first receive window, RECEIVE_DELAY1 of every region (RP002, recalled)."""

SECOND_RECEIVE_DELAY_US = RECEIVE_DELAY_US + US_PER_S
"""End of uplink to second receive window, RECEIVE_DELAY2 (RP002, recalled; so in ns-3 lorawan)."""


def frame_us(payload_bytes: int, spreading_factor: int) -> int:
    """Return the airtime of the 125 kHz frame that carries a packet of `payload_bytes`."""
    return airtime_us(payload_bytes + OVERHEAD_BYTES, spreading_factor)
