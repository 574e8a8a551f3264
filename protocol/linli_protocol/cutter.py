"""How a message's body becomes the texts of packets: whole if it fits, else in numbered pieces."""

from . import packet
from .stream import SEND_SPAN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .messages import Kind

# In front of a reliable body stands the message's mark; a piece goes on with index and count.
MARK_LENGTH = 2
PIECE_HEAD_LENGTH = 2


def overhead(row: "Kind") -> int:
    """Return the bytes of header and tag around a text of this kind."""
    return packet.HEADER_LENGTH + (packet.LONG_TAG if row.long_tag else packet.SHORT_TAG)


class Cutter:
    """Cuts for packets of at most `mtu` bytes."""

    def __init__(self, mtu: int) -> None:
        self._mtu = mtu

    def capacity(self, row: "Kind") -> int:
        """Return the length of the longest body of this kind."""
        room = self._mtu - overhead(row)
        if not row.reliable:
            return room
        room -= MARK_LENGTH
        return max(room, (room - PIECE_HEAD_LENGTH) * SEND_SPAN)

    def count(self, row: "Kind", length: int) -> int:
        """Return into how many packets a reliable body of `length` goes."""
        room = self._mtu - overhead(row) - MARK_LENGTH
        return 1 if length <= room else -(-length // (room - PIECE_HEAD_LENGTH))

    def cut(self, row: "Kind", body: bytes) -> "list[bytes]":
        """Return the texts of a reliable body's packets, each without its mark."""
        count = self.count(row, len(body))
        if count == 1:
            return [body]
        size = self._mtu - overhead(row) - MARK_LENGTH - PIECE_HEAD_LENGTH
        return [bytes((at, count)) + body[at * size : (at + 1) * size] for at in range(count)]
