"""What SM3 in Python is around its compression, for sm3 and sm3_viper: pieces and padding."""

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_INITIAL = (  # IV, clause 4.1
    0x7380166F,
    0x4914B2B9,
    0x172442D7,
    0xDA8A0600,
    0xA96F30BC,
    0x163138AA,
    0xE38DEE4D,
    0xB0FB0E4E,
)


class Hash:
    """An SM3 hash that takes its message in pieces."""

    # What mixes a block of 64 bytes into the eight words of the state.
    _compress: "Callable[[array[int], bytes], None]"

    def __init__(self, data: bytes = b"") -> None:
        self._state = array("I", _INITIAL)
        self._pending = b""  # the last block's bytes so far, fewer than 64
        self._length = 0
        self.update(data)

    def update(self, data: bytes) -> None:
        """Append `data`, any number of bytes, to the message."""
        self._length += len(data)
        data = self._pending + data
        end = len(data) - len(data) % 64
        for at in range(0, end, 64):
            self._compress(self._state, data[at : at + 64])
        self._pending = data[end:]

    def digest(self) -> bytes:
        """Return the 32-byte hash of the message so far; more may be appended afterwards."""
        state = array("I", self._state)
        # Clause 5.2: a one bit, zeros, and the message's length in bits, to a whole block.
        zeros = (55 - self._length) % 64
        tail = self._pending + b"\x80" + bytes(zeros) + (8 * self._length).to_bytes(8, "big")
        for at in range(0, len(tail), 64):
            self._compress(state, tail[at : at + 64])
        return b"".join([word.to_bytes(4, "big") for word in state])
