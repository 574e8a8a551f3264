"""A service queue: packets wait for one of several servers, alarms before all others."""

from collections import deque
from collections.abc import Callable

from simpy import Environment

from linli_protocol import messages

from ..clockwork import at
from ..packet import Fate, Out, Packet
from ..tracker import Tracker


class ServiceQueue:
    """Packets enter by `put` and go `out` once served; service is not interrupted.

    Alarms overtake what waits; all else is served as it came. `service_us` is called for each
    service. With `limit` packets waiting the latest that is no alarm is QUEUE_FULL; the alarm that
    comes, when all are.
    """

    out: Out

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        service_us: Callable[[], int],
        servers: int,
        limit: int,
    ) -> None:
        self._env = env
        self._tracker = tracker
        self._service_us = service_us
        self._servers = self._free = servers
        self._limit = limit
        self._alarms: deque[Packet] = deque()
        self._others: deque[Packet] = deque()
        # Counts failures: what was in service before one is void.
        self._life = 0

    def put(self, packet: Packet) -> None:
        """Serve a packet now or when its turn comes."""
        if self._free:
            self._free -= 1
            at(self._env, self._service_us(), self._served, packet, self._life)
            return
        waiting = self._alarms if packet.kind == messages.ALARM else self._others
        waiting.append(packet)
        if len(self._alarms) + len(self._others) > self._limit:
            self._tracker.settle((self._others or self._alarms).pop(), Fate.QUEUE_FULL)

    def fail(self) -> None:
        """Lose what waits, and at the end of its service what is served: SERVICE_DOWN."""
        for waiting in (self._alarms, self._others):
            for packet in waiting:
                self._tracker.settle(packet, Fate.SERVICE_DOWN)
            waiting.clear()
        self._free = self._servers
        self._life += 1

    def _served(self, packet: Packet, life: int) -> None:
        if life != self._life:
            self._tracker.settle(packet, Fate.SERVICE_DOWN)
            return
        waiting = self._alarms or self._others
        if waiting:
            at(self._env, self._service_us(), self._served, waiting.popleft(), life)
        else:
            self._free += 1
        self.out(packet)
