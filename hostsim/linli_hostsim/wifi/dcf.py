"""How long a frame and its acknowledgement hold a channel: OFDM's airtime, the DCF's gaps.

Source: IEEE 802.11-2020, 10.3 (DCF), 17 (OFDM) and 18 (the same at 2.4 GHz), recalled; the figures
are those of ns-3's Bianchi11a.m. At 2.4 GHz SIFS is 10 µs and each frame has 6 µs of extension,
which comes to the same.
"""

SLOT_US = 9
SIFS_US = 16
DIFS_US = SIFS_US + 2 * SLOT_US
CW_MIN = 15
CW_MAX = 1023
RATES_MBPS = (6, 9, 12, 18, 24, 36, 48, 54)

MAC_BYTES = 28
"""Header with three addresses, and checksum."""
SECURITY_BYTES = 16
"""CCMP: packet number and integrity code (802.11-2020, 12.5.3.2; recalled)."""
IP_BYTES = 36
"""LLC and SNAP 8, IPv4 20, UDP 8."""

_PREAMBLE_US = 20
_SYMBOL_US = 4
_SERVICE_AND_TAIL_BITS = 22
_ACK_BYTES = 14
_MANDATORY_MBPS = (24, 12, 6)


def frame_us(length: int, rate_mbps: int) -> int:
    """Return the airtime of a frame of `length` bytes from MAC header to checksum.

    >>> frame_us(14, 6), frame_us(1534, 54)
    (44, 248)
    """
    bits = _SERVICE_AND_TAIL_BITS + 8 * length
    return _PREAMBLE_US + _SYMBOL_US * -(-bits // (_SYMBOL_US * rate_mbps))


def acknowledgement_us(rate_mbps: int) -> int:
    """Return the airtime of the answer to a frame: at the highest mandatory rate not above its."""
    return frame_us(_ACK_BYTES, next(rate for rate in _MANDATORY_MBPS if rate <= rate_mbps))


def exchange_us(length: int, rate_mbps: int) -> int:
    """Return how long a frame holds the channel until its acknowledgement has ended."""
    return frame_us(length, rate_mbps) + SIFS_US + acknowledgement_us(rate_mbps)
