"""The simulated edge node: the hub behind a queue, on the virtual clock."""

from collections import deque
from collections.abc import Callable

from simpy import Environment

from linli_protocol import messages

from .clockwork import US_PER_MS, at, now_us
from .hub import Hub
from .packet import HUB, Direction, Fate, Packet
from .tracker import Tracker
from .waker import Waker


class EdgeNode:
    """Serves uplinks one at a time, `service_us` each; downlinks leave by the bearer's route.

    `routes` maps a bearer's name to where its downlinks enter the world.
    """

    def __init__(self, env: Environment, tracker: Tracker, service_us: int) -> None:
        self.hub: Hub
        self.routes: dict[str, Callable[[Packet], None]] = {}
        self._env = env
        self._tracker = tracker
        self._service_us = service_us
        self._waiting: deque[Packet] = deque()
        self._waker = Waker(env, lambda: self.hub.next_deadline(), self.act)

    @property
    def now(self) -> int:
        """The hub's monotonic clock, ms."""
        return now_us(self._env) // US_PER_MS

    def put(self, packet: Packet) -> None:
        """Take an uplink; it is delivered once it has been served."""
        self._waiting.append(packet)
        if len(self._waiting) == 1:
            at(self._env, self._service_us, self._serve)

    def act(self) -> None:
        """Let the hub do what is due, and see to it that it is called again."""
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

    def _serve(self) -> None:
        packet = self._waiting.popleft()
        if self._waiting:
            at(self._env, self._service_us, self._serve)
        self._tracker.settle(packet, Fate.DELIVERED)
        self.hub.receive(packet.bearer, packet.payload, self.now)
        self.act()
