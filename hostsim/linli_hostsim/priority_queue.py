"""A short queue of packets, most urgent first, that gives up the least urgent when it is full."""

from bisect import insort

from .packet import Packet


class PriorityQueue:
    """At most `limit` packets; equal priorities leave oldest first, or `newest_first`."""

    def __init__(self, limit: int, newest_first: bool = False) -> None:
        self._limit = limit
        self._step = -1 if newest_first else 1
        self._order = 0
        self._entries: list[tuple[int, int, Packet]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, packet: Packet) -> Packet | None:
        """Add `packet`; return the packet that found no room, which may be the same one."""
        self._order += self._step
        insort(self._entries, (packet.priority, self._order, packet))
        return self._entries.pop()[2] if len(self._entries) > self._limit else None

    def discard(self, packet: Packet) -> bool:
        """Remove `packet`; tell whether it was there."""
        for index, entry in enumerate(self._entries):
            if entry[2] is packet:
                del self._entries[index]
                return True
        return False

    def peek(self) -> Packet:
        """Return the packet to go next; IndexError when empty."""
        return self._entries[0][2]

    def pop(self) -> Packet:
        """Remove and return the packet to go next; IndexError when empty."""
        return self._entries.pop(0)[2]

    def clear(self) -> list[Packet]:
        """Remove and return all packets."""
        packets = [entry[2] for entry in self._entries]
        self._entries.clear()
        return packets
