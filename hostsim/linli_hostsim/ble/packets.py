"""Packets of the LE 1M radio: their airtime, and what of one of ours goes into which.

Source: Bluetooth Core Specification 5.x, vol. 6 part B, 2.1 (format), 4.1 (gap), 2.3 (advertising),
vol. 3 part A, 3.1 (L2CAP) and part F, 3.4.7 (notification); recalled.
"""

IFS_US = 150
"""Between the packets of a connection event, and from an advertisement to what answers it."""

_LINK_BYTES = 10
"""Preamble, access address, header, checksum."""
_NOTIFICATION_BYTES = 3
_L2CAP_BYTES = 4
FRAME_BYTES = 5
"""What a packet's frame on the stream adds (linli_protocol.framing)."""


def packet_us(length: int) -> int:
    """Return the airtime of a packet with `length` bytes of payload, at 1 Mbit/s.

    >>> packet_us(0), packet_us(27), packet_us(251)
    (80, 296, 2088)
    """
    return 8 * (_LINK_BYTES + length)


EMPTY_US = packet_us(0)
ADVERTISEMENT_US = packet_us(6 + 3 + 18)
"""ADV_IND: the device's address, flags and the UUID of our service, 128 bits."""
CONNECT_US = packet_us(34)
"""CONNECT_IND."""


def pieces(length: int, att_mtu: int, link_bytes: int) -> list[int]:
    """Return the payloads, in bytes, that carry one of our packets of `length` bytes in order.

    Its frame is cut into notifications of at most `att_mtu` bytes, and each of those, with L2CAP's
    header, into payloads of at most `link_bytes`.

    >>> pieces(60, 247, 251), pieces(60, 23, 27)
    ([72], [27, 27, 27, 12])
    """
    payloads = []
    left = length + FRAME_BYTES
    while left:
        piece = min(left, att_mtu - _NOTIFICATION_BYTES)
        left -= piece
        unsent = piece + _NOTIFICATION_BYTES + _L2CAP_BYTES
        while unsent:
            payloads.append(min(unsent, link_bytes))
            unsent -= payloads[-1]
    return payloads
