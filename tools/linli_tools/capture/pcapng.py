"""Writes pcapng (draft-ietf-opsawg-pcapng): a section, its interfaces, and packets as they come.

Each block is handed over whole and at once, so that a reader can follow the file or pipe.
"""

import struct
from collections.abc import Sequence
from typing import BinaryIO

_SECTION_HEADER = 0x0A0D0D0A
_INTERFACE = 1
_ENHANCED_PACKET = 6
_BYTE_ORDER_MAGIC = 0x1A2B3C4D
_UNKNOWN_LENGTH = 0xFFFFFFFFFFFFFFFF
# What every file begins with.
MAGIC = _SECTION_HEADER.to_bytes(4, "little")

# Options; numbers below 2 are common to all blocks.
_END = 0
_COMMENT = 1
_APPLICATION = 4
_NAME = 2
_DESCRIPTION = 3
_FLAGS = 2

# epb_flags: which way a packet went, seen from the hub.
UNKNOWN = 0
INBOUND = 1
OUTBOUND = 2


class PcapngWriter:
    """Writes to `file`; `interfaces` are (name, description), all of the link type `link_type`."""

    def __init__(
        self,
        file: BinaryIO,
        link_type: int,
        interfaces: Sequence[tuple[str, str]],
        application: str,
    ) -> None:
        self._file = file
        header = struct.pack("<IHHQ", _BYTE_ORDER_MAGIC, 1, 0, _UNKNOWN_LENGTH)
        self._write(_SECTION_HEADER, header + _options((_APPLICATION, application.encode())))
        for name, description in interfaces:
            options = _options((_NAME, name.encode()), (_DESCRIPTION, description.encode()))
            self._write(_INTERFACE, struct.pack("<HHI", link_type, 0, 0) + options)

    def packet(
        self, interface: int, time_us: int, data: bytes, direction: int, comment: str = ""
    ) -> None:
        """Append a packet of the interface with this number, at `time_us` since 1970."""
        body = struct.pack(
            "<IIIII", interface, time_us >> 32, time_us & 0xFFFFFFFF, len(data), len(data)
        )
        options = [(_FLAGS, struct.pack("<I", direction))]
        if comment:
            options.append((_COMMENT, comment.encode()))
        self._write(_ENHANCED_PACKET, body + _padded(data) + _options(*options))

    def _write(self, kind: int, body: bytes) -> None:
        length = len(body) + 12
        self._file.write(struct.pack("<II", kind, length) + body + struct.pack("<I", length))
        self._file.flush()


def _options(*options: tuple[int, bytes]) -> bytes:
    coded = [struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options]
    return b"".join(coded) + struct.pack("<HH", _END, 0)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
