"""The edge node that serves: the hub behind a queue, on the virtual clock."""

from collections import deque
from collections.abc import Callable

from simpy import Environment

from linli_hub.core import Hub
from linli_protocol import messages

from ..clockwork import US_PER_MS, now_us
from ..packet import HUB, Direction, Fate, Packet
from ..tracker import Tracker
from ..waker import Waker
from .queue import ServiceQueue


class EdgeNode:
    """Serves uplinks as `queue` says; downlinks leave by the bearer's route.

    `routes` maps a bearer's name to where its downlinks enter the world. While no node serves,
    uplinks are SERVICE_DOWN and nothing is sent; sessions are replicated, so that the node that
    takes over goes on with the same hub. What was served within `replication_lag_us` before a
    failure only the failed node knew: it is counted, the hub knows it all the same.
    """

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        queue: ServiceQueue,
        replication_lag_us: int = 0,
    ) -> None:
        self.hub: Hub
        self.routes: dict[str, Callable[[Packet], None]] = {}
        self.is_serving = True
        self._env = env
        self._tracker = tracker
        self._queue = queue
        queue.out = self._serve
        self._lag_us = replication_lag_us
        self._served_us: deque[int] = deque()
        self._waker = Waker(env, lambda: self.hub.next_deadline(), self.act)

    @property
    def now(self) -> int:
        """The hub's monotonic clock, ms."""
        return now_us(self._env) // US_PER_MS

    def put(self, packet: Packet) -> None:
        """Take an uplink; it is delivered once it has been served."""
        if self.is_serving:
            self._queue.put(packet)
        else:
            self._tracker.settle(packet, Fate.SERVICE_DOWN)

    def stop(self) -> int:
        """Let the serving node fail; return how many served packets had not been replicated."""
        self.is_serving = False
        self._queue.fail()
        self._forget_replicated()
        lost = len(self._served_us)
        self._served_us.clear()
        return lost

    def resume(self) -> None:
        """Let another node serve from now on."""
        self.is_serving = True
        self.act()

    def act(self) -> None:
        """Let the hub do what is due, and see to it that it is called again."""
        if not self.is_serving:
            return
        now = now_us(self._env)
        for device, bearer, data in self.hub.poll(now // US_PER_MS):
            kind = data[1]
            packet = Packet(
                source=HUB,
                destination=device,
                payload=data,
                priority=messages.flags(kind) & messages.PRIORITY,
                kind=kind,
                bearer=bearer,
                direction=Direction.DOWN,
                sent_us=now,
            )
            self._tracker.create(packet)
            self.routes[bearer](packet)
        self._waker.sleep()

    def _serve(self, packet: Packet) -> None:
        self._tracker.settle(packet, Fate.DELIVERED)
        if self._lag_us:
            self._forget_replicated()
            self._served_us.append(now_us(self._env))
        self.hub.receive(packet.bearer, packet.payload, self.now)
        self.act()

    def _forget_replicated(self) -> None:
        before_us = now_us(self._env) - self._lag_us
        while self._served_us and self._served_us[0] <= before_us:
            self._served_us.popleft()
