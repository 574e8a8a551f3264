"""Messages that wait for their first transmission: bounded, the least important leaves first."""

from .messages import PRIORITIES


class Message:
    """A message on its way: body in clear, and what its sender wants to be told about it.

    Most messages leave `token` and `expires_at` as the class has them, which saves a board RAM.
    """

    token: "int | None" = None
    expires_at: "int | None" = None

    def __init__(self, kind: int, body: bytes, priority: int) -> None:
        self.kind = kind
        self.body = body
        self.priority = priority


class Outbox:
    """Up to `limit` messages, first in first out within each priority.

    A message that nobody wants to be told about and that does not expire waits as a row of bytes,
    kind and body, which takes a board less than half of the RAM.

    `queues` has what waits, by priority. `expiring` is False as long as no message with an expiry
    has ever waited here.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.queues: "list[list[Message | bytes]]" = [[] for _ in PRIORITIES]
        self._count = 0
        self.expiring = False

    def __len__(self) -> int:
        return self._count

    def add(self, message: Message) -> "Message | None":
        """Queue `message`; return the one that had to leave for it (perhaps itself), else None."""
        is_plain = message.token is None and message.expires_at is None
        row = bytes((message.kind,)) + message.body if is_plain else message
        self.queues[message.priority].append(row)
        self._count += 1
        self.expiring = self.expiring or message.expires_at is not None
        if self._count <= self._limit:
            return None
        for priority in reversed(PRIORITIES):
            victim = self.first(priority)
            if victim is not None:
                self.remove_first(priority)
                return victim
        return None

    def first(self, priority: int) -> "Message | None":
        """Return the oldest message of `priority`, None when there is none."""
        queue = self.queues[priority]
        if not queue:
            return None
        row = queue[0]
        return Message(row[0], row[1:], priority) if isinstance(row, bytes) else row

    def remove_first(self, priority: int) -> None:
        """Take out the oldest message of `priority`."""
        self.queues[priority].pop(0)
        self._count -= 1

    def take_expired(self, now: int) -> "list[Message]":
        """Take out and return the messages whose time is over."""
        expired = []
        for queue in self.queues:
            for message, at in _expiries(queue):
                if at <= now:
                    queue.remove(message)
                    self._count -= 1
                    expired.append(message)
        return expired

    def next_expiry(self) -> "int | None":
        """Return the earliest expiry among the messages, None when none expires."""
        times = [at for queue in self.queues for _, at in _expiries(queue)]
        return min(times) if times else None


def _expiries(queue: "list[Message | bytes]") -> "list[tuple[Message, int]]":
    return [
        (row, row.expires_at)
        for row in queue
        if not isinstance(row, bytes) and row.expires_at is not None
    ]
