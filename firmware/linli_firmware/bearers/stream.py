"""Packets over a byte stream: what UART, RS-485 and TCP have in common.

The stream is what MicroPython calls one: `read(n)` returns up to n bytes, or None when there are
none now; `write(data)` returns how many it took, or None when it takes none now; both raise
OSError. Each packet goes as one COBS frame (linli_protocol.framing).
"""

from linli_protocol.framing import FrameDecoder, encode_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import ByteStream

# At most this much is read in one poll, so that a babbling peer cannot hold up the node.
READ_BYTES = 512

# When a stream takes no more for now, it is asked again after this time.
PACE_MS = 5


class Frames:
    """Packets to and from a stream. `counts` gets "refused": damaged, or no frames at all.

    `unsent` is what the stream is still to take of the frame under way.
    """

    def __init__(self, max_packet: int, counts: "dict[str, int]") -> None:
        counts["refused"] = 0
        self.unsent = b""
        self._counts = counts
        self._decoder = FrameDecoder(max_packet)

    def decode(self, data: bytes) -> "list[bytes]":
        """Return the packets that `data`, the stream's next bytes, completes."""
        packets = self._decoder.feed(data)
        self._counts["refused"] = sum(self._decoder.refused)
        return packets

    def write(self, stream: "ByteStream", queue: "list[bytes]") -> bool:
        """Write what is unsent, then the packets of `queue`; False when the stream is full.

        The same bytes are offered until the stream has taken them.
        """
        while self.unsent or queue:
            if not self.unsent:
                self.unsent = encode_frame(queue.pop(0))
            count = stream.write(self.unsent)
            if not count:
                return False
            self.unsent = self.unsent[count:]
        return True
