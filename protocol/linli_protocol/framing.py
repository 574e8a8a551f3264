"""Packets on a byte stream (UART, RS-485, USB, TCP): COBS frames with a checksum.

A frame is 00 || COBS(packet || CRC-16, low byte first) || 00. The trailing zero hands the packet
over at once. The leading zero ends whatever an idle line, a reset board or a broken-off frame left
before it, so that garbage never costs the good frame behind it. What lies between two zeros is one
candidate; nothing between them is silence, not an error.
"""

from .crypto import cobs_decode, cobs_encode, crc16

MAX_PACKET = 256  # bytes; what a FrameDecoder accepts unless told otherwise

# Why a candidate was refused: indices into FrameDecoder.refused.
OVERSIZE = 0  # longer than the longest packet can be
MALFORMED = 1  # no COBS encoding, or too short for a checksum
BAD_CRC = 2  # damaged: the checksum does not fit


def encode_frame(packet: bytes) -> bytes:
    """Return `packet` as a frame, len(packet) + 5 + (len(packet) + 1) // 254 bytes at most."""
    return b"\x00" + cobs_encode(packet + crc16(packet).to_bytes(2, "little")) + b"\x00"


class FrameDecoder:
    """Finds the packets in a byte stream that arrives in pieces of any size.

    No input raises, and at most `max_packet` + 3 + (`max_packet` + 1) // 254 bytes are kept between
    calls. `refused[reason]` counts candidates dropped as OVERSIZE, MALFORMED or BAD_CRC.
    """

    def __init__(self, max_packet: int = MAX_PACKET) -> None:
        self.refused = [0, 0, 0]
        self._max_packet = max_packet
        self._max_candidate = max_packet + 3 + (max_packet + 1) // 254
        self._candidate = bytearray()
        self._oversize = False

    def feed(self, data: bytes) -> "list[bytes]":
        """Take the stream's next bytes and return the packets completed by them, in order."""
        packets: "list[bytes]" = []
        start = 0
        while True:
            end = data.find(b"\x00", start)
            if end < 0:
                self._take(data[start:])
                return packets
            self._take(data[start:end])
            packet = self._finish()
            if packet is not None:
                packets.append(packet)
            start = end + 1

    def _take(self, data: bytes) -> None:
        """Add bytes to the candidate, unless it is already too long to become a packet."""
        if len(self._candidate) + len(data) > self._max_candidate:
            self._oversize = True
        if self._oversize:
            self._candidate = bytearray()
        else:
            self._candidate += data

    def _finish(self) -> "bytes | None":
        """End the candidate: return its packet, or None and count why there is none."""
        candidate = bytes(self._candidate)
        oversize = self._oversize
        self._candidate = bytearray()
        self._oversize = False
        if oversize:
            self.refused[OVERSIZE] += 1
            return None
        if not candidate:
            return None
        content = cobs_decode(candidate)
        if content is None or len(content) < 2:
            self.refused[MALFORMED] += 1
            return None
        packet = content[:-2]
        # COBS takes one byte or two for a packet of 252 bytes or more, as its zeros lie: a packet
        # one byte too long may have fitted into the candidate.
        if len(packet) > self._max_packet:
            self.refused[OVERSIZE] += 1
            return None
        if crc16(packet) != int.from_bytes(content[-2:], "little"):
            self.refused[BAD_CRC] += 1
            return None
        return packet
