"""How a message's body becomes the texts of packets: whole if it fits, else in numbered pieces."""

from . import messages, packet
from .stream import SEND_SPAN

# In front of a reliable body stands the message's mark; a piece goes on with index and count.
MARK_LENGTH = 2
PIECE_HEAD_LENGTH = 2


def overhead(kind: int) -> int:
    """Return the bytes of header and tag around a text of this kind."""
    is_long = messages.flags(kind) & messages.LONG_TAG
    return packet.HEADER_LENGTH + (packet.LONG_TAG if is_long else packet.SHORT_TAG)


class Cutter:
    """Cuts for packets of at most `mtu` bytes.

    A body of up to `short` bytes goes whole, whatever its kind.
    """

    def __init__(self, mtu: int) -> None:
        self._mtu = mtu
        self.short = mtu - packet.HEADER_LENGTH - packet.LONG_TAG - MARK_LENGTH

    def capacity(self, kind: int) -> int:
        """Return the length of the longest body of this kind."""
        room = self._mtu - overhead(kind)
        if not messages.flags(kind) & messages.RELIABLE:
            return room
        room -= MARK_LENGTH
        return max(room, (room - PIECE_HEAD_LENGTH) * SEND_SPAN)

    def count(self, kind: int, length: int) -> int:
        """Return into how many packets a reliable body of `length` goes."""
        if length <= self.short:
            return 1
        room = self._mtu - overhead(kind) - MARK_LENGTH
        return 1 if length <= room else -(-length // (room - PIECE_HEAD_LENGTH))

    def cut(self, kind: int, body: bytes) -> "list[bytes]":
        """Return the texts of a reliable body's packets, each without its mark."""
        count = self.count(kind, len(body))
        if count == 1:
            return [body]
        size = self._mtu - overhead(kind) - MARK_LENGTH - PIECE_HEAD_LENGTH
        return [bytes((at, count)) + body[at * size : (at + 1) * size] for at in range(count)]
