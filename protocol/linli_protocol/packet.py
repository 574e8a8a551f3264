"""The packet header: eight bytes in front of every sealed body, authenticated with it.

Byte 0 holds the version (bits 7-6), flags (bits 5-2) and the low two bits of the session's epoch;
byte 1 the message kind; bytes 2-5 the device address; bytes 6-7 the low half of the sender's
counter. All integers are big-endian.
"""

import struct

VERSION = 1
HEADER_LENGTH = 8
SHORT_TAG = 8
LONG_TAG = 16

# Flags.
DOWNLINK = 0x20
LONG = 0x10
RELIABLE = 0x08
FRAGMENT = 0x04

_VERSION_BITS = VERSION << 6
_FORMAT = ">BBIH"


class Header:
    """A parsed header; `flags` still holds all four flag bits."""

    __slots__ = ("counter_low", "device", "epoch_low", "flags", "kind", "tag_length")

    def __init__(
        self, flags: int, epoch_low: int, kind: int, device: int, counter_low: int
    ) -> None:
        self.flags = flags
        self.epoch_low = epoch_low
        self.kind = kind
        self.device = device
        self.counter_low = counter_low
        self.tag_length = LONG_TAG if flags & LONG else SHORT_TAG


def pack_header(kind: int, flags: int, device: int, epoch: int, counter: int) -> bytes:
    """Return the eight bytes of a header; epoch and counter are truncated here."""
    return struct.pack(_FORMAT, _VERSION_BITS | flags | epoch & 3, kind, device, counter & 0xFFFF)


def parse_header(packet: bytes) -> "Header | None":
    """Return the Header of a packet, None when it is too short for header and tag.

    The version is not checked: see `has_version`.
    """
    if len(packet) < HEADER_LENGTH + SHORT_TAG:
        return None
    first, kind, device, counter_low = struct.unpack_from(_FORMAT, packet, 0)
    header = Header(first & 0x3C, first & 3, kind, device, counter_low)
    return header if len(packet) >= HEADER_LENGTH + header.tag_length else None


def has_version(packet: bytes) -> bool:
    """Tell whether the packet (not empty) is of the version this module speaks."""
    return packet[0] & 0xC0 == _VERSION_BITS
