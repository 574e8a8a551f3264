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

    `expiring` is False as long as no message with an expiry has ever waited here.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queues: "list[list[Message]]" = [[] for _ in PRIORITIES]
        self._count = 0
        self.expiring = False

    def __len__(self) -> int:
        return self._count

    def add(self, message: Message) -> "Message | None":
        """Queue `message`; return the one that had to leave for it (perhaps itself), else None."""
        self._queues[message.priority].append(message)
        self._count += 1
        self.expiring = self.expiring or message.expires_at is not None
        if self._count <= self._limit:
            return None
        for queue in reversed(self._queues):
            if queue:
                self._count -= 1
                return queue.pop(0)
        return None

    def first(self, priority: int) -> "Message | None":
        """Return the oldest message of `priority`, None when there is none."""
        queue = self._queues[priority]
        return queue[0] if queue else None

    def remove_first(self, priority: int) -> None:
        """Take out the oldest message of `priority`."""
        self._queues[priority].pop(0)
        self._count -= 1

    def take_expired(self, now: int) -> "list[Message]":
        """Take out and return the messages whose time is over."""
        expired = []
        for queue in self._queues:
            for message in [m for m in queue if m.expires_at is not None and m.expires_at <= now]:
                queue.remove(message)
                self._count -= 1
                expired.append(message)
        return expired

    def next_expiry(self) -> "int | None":
        """Return the earliest expiry among the messages, None when none expires."""
        times = [m.expires_at for queue in self._queues for m in queue if m.expires_at is not None]
        return min(times) if times else None
