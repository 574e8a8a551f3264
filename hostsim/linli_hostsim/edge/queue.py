"""A service queue: packets wait for one of several servers, alarms before all others."""

from collections import defaultdict, deque
from collections.abc import Callable

from simpy import Environment

from linli_protocol import messages

from ..clockwork import US_PER_H, at, now_us
from ..packet import Fate, Out, Packet
from ..tracker import Tracker


class ServiceQueue:
    """Packets enter by `put` and go `out` once served; service is not interrupted.

    Alarms overtake what waits; all else is served as it came. `service_us` is called for each
    service. With `limit` packets waiting the latest that is no alarm is QUEUE_FULL; the alarm that
    comes, when all are. `by_hour` has, for each hour in which packets were begun, how many, how
    long they take and how long they had waited, both in µs, and the most that waited at once.
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
        # Packets and since when they wait.
        self._alarms: deque[tuple[Packet, int]] = deque()
        self._others: deque[tuple[Packet, int]] = deque()
        self.by_hour: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        # Counts failures: what was in service before one is void.
        self._life = 0

    def put(self, packet: Packet) -> None:
        """Serve a packet now or when its turn comes."""
        if self._free:
            self._free -= 1
            self._begin(packet, now_us(self._env))
            return
        now = now_us(self._env)
        waiting = self._alarms if packet.kind == messages.ALARM else self._others
        waiting.append((packet, now))
        if len(self._alarms) + len(self._others) > self._limit:
            self._tracker.settle((self._others or self._alarms).pop()[0], Fate.QUEUE_FULL)
        use = self.by_hour[now // US_PER_H]
        use[3] = max(use[3], len(self._alarms) + len(self._others))

    def fail(self) -> None:
        """Lose what waits, and at the end of its service what is served: SERVICE_DOWN."""
        for waiting in (self._alarms, self._others):
            for packet, _ in waiting:
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
            self._begin(*waiting.popleft())
        else:
            self._free += 1
        self.out(packet)

    def _begin(self, packet: Packet, since_us: int) -> None:
        now, service_us = now_us(self._env), self._service_us()
        use = self.by_hour[now // US_PER_H]
        use[0] += 1
        use[1] += service_us
        use[2] += now - since_us
        at(self._env, service_us, self._served, packet, self._life)
