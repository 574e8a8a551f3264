"""What is to be acknowledged over one bearer: the marks of messages, and of pieces held of them."""

# Marks that wait to be acknowledged, and marks in one packet (messages.ACKNOWLEDGEMENT).
WAITING = 64
IN_PACKET = 32

# Map head, and key and head of each of two byte strings.
_OVERHEAD = 1 + 2 * 3


class Receipts:
    """Marks in the order in which they came; of more than 64 of a sort the oldest are forgotten.

    A piece of a message of which others are missing is *held*: its sender need not repeat it soon,
    but must not take it for delivered, since a restart of the receiver loses it.
    """

    def __init__(self) -> None:
        self._done: "list[int]" = []
        self._held: "list[int]" = []

    def __len__(self) -> int:
        return len(self._done) + len(self._held)

    def done(self, *marks: int) -> None:
        """Note that the message with this mark, or with pieces that have these, is delivered."""
        for mark in marks:
            if mark in self._held:
                self._held.remove(mark)
        # One piece's mark stands for the message.
        if marks[0] not in self._done:
            self._done.append(marks[0])
        del self._done[:-WAITING]

    def held(self, mark: int) -> None:
        """Note that the piece with this mark waits for others."""
        if mark not in self._held:
            self._held.append(mark)
        del self._held[:-WAITING]

    def fields(self, room: int) -> "dict[str, bytes]":
        """Return the fields of the next acknowledgement, whose body has `room` bytes."""
        limit = min(IN_PACKET, (room - _OVERHEAD) // 2)
        done = self._done[:limit]
        held = self._held[: limit - len(done)]
        fields = {}
        if done:
            fields["ids"] = _encode(done)
        if held:
            fields["held"] = _encode(held)
        return fields

    def remove(self, fields: "dict[str, bytes]") -> None:
        """Take out what `fields` returned: it is on its way."""
        del self._done[: len(fields.get("ids", b"")) // 2]
        del self._held[: len(fields.get("held", b"")) // 2]


def _encode(marks: "list[int]") -> bytes:
    return b"".join([bytes((mark >> 8, mark & 0xFF)) for mark in marks])
