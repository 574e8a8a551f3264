"""What a packet of a capture consists of: the bytes of docs/CAPTURE.md, under LINKTYPE_USER0."""

import struct

from linli_protocol import packet

from . import pcapng
from .records import DOWN, UP, Damaged, Log, Packet, Record

USER0 = 147
_VERSION = 1
HEAD = struct.Struct(">BBBBBBHHHII")

# What the first part holds.
PACKET = 0
DAMAGED = 1
LOG = 2

BEARERS = {
    "line": 0,
    "uart": 1,
    "rs485": 2,
    "tcp": 3,
    "ble": 4,
    "udp": 5,
    "nbiot": 6,
    "mqtt": 7,
    "lora": 8,
}
_DIRECTIONS = {"": 0, UP: 1, DOWN: 2}

# What is known.
_OPENED = 1  # body and counter
_EPOCH = 2  # epoch: not in a join

_NO_ADDRESS = 0xFF

# Interfaces, by number.
_UPLINK, _DOWNLINK, _DAMAGE, _LOGS = range(4)


def interfaces(bearer: str) -> list[tuple[str, str]]:
    """Return the names and descriptions of the interfaces that a capture of this bearer has."""
    return [
        (f"{bearer} uplink", "packets of devices"),
        (f"{bearer} downlink", "packets of the hub, and polls"),
        (f"{bearer} damaged", "bytes that hold no packet, or one that tells no direction"),
        (f"{bearer} log", "lines of text"),
    ]


class CaptureWriter:
    """Writes records to a pcapng file whose interfaces are those of `bearer`."""

    def __init__(self, writer: pcapng.PcapngWriter, bearer: str) -> None:
        self._writer = writer
        self._bearer = BEARERS[bearer]

    def write(self, record: Record) -> None:
        """Append a record."""
        if isinstance(record, Log):
            data = self._other(LOG, record.text.encode())
            self._writer.packet(_LOGS, record.time_us, data, pcapng.INBOUND)
        elif isinstance(record, Damaged):
            data = self._other(DAMAGED, record.data)
            self._writer.packet(_DAMAGE, record.time_us, data, pcapng.UNKNOWN, record.problem)
        else:
            interface, direction = {
                UP: (_UPLINK, pcapng.INBOUND),
                DOWN: (_DOWNLINK, pcapng.OUTBOUND),
            }.get(record.direction, (_DAMAGE, pcapng.UNKNOWN))
            data = self._packet(record)
            self._writer.packet(interface, record.time_us, data, direction, record.problem)

    def _packet(self, seen: Packet) -> bytes:
        flags = 0
        if seen.counter is not None:
            flags |= _OPENED
        if seen.epoch is not None:
            flags |= _EPOCH
        # Of a message in one piece, the body holds it.
        in_pieces = seen.header is not None and seen.header.flags & packet.FRAGMENT
        message = seen.message if in_pieces else b""
        head = HEAD.pack(
            _VERSION,
            PACKET,
            self._bearer,
            _DIRECTIONS[seen.direction],
            _NO_ADDRESS if seen.bus_address is None else seen.bus_address,
            flags,
            len(seen.data),
            len(seen.body),
            len(message),
            seen.epoch or 0,
            seen.counter or 0,
        )
        return head + seen.data + seen.body + message

    def _other(self, content: int, data: bytes) -> bytes:
        head = (_VERSION, content, self._bearer, _DIRECTIONS[""], _NO_ADDRESS)
        return HEAD.pack(*head, 0, len(data), 0, 0, 0, 0) + data
