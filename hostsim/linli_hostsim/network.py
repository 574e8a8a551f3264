"""One direction of an IP path: a Wi-Fi or Ethernet device link, or the backhaul."""

from collections import deque
from collections.abc import Callable
from random import Random

from simpy import Environment

from .clockwork import US_PER_S, at, now_us
from .packet import Fate, Out, Packet
from .tracker import Tracker


class NetworkLink:
    """Delivers packets in order after serialisation, a base delay and jitter.

    `jitter_us` is called for each packet. A packet is CORRUPTED with chance `loss`, QUEUE_FULL when
    `queue_packets` have not yet been sent, and LINK_DOWN when `up` is False as it enters or
    arrives. `header_bytes` are sent with each payload. With `store_packets`, so many that enter
    while it is down wait for it to be up again; the oldest is QUEUE_FULL when there are more.
    """

    out: Out

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        random: Random,
        bits_per_s: int,
        base_us: int,
        jitter_us: Callable[[], int],
        loss: float,
        header_bytes: int,
        queue_packets: int,
        store_packets: int = 0,
    ) -> None:
        self._up = True
        self._env = env
        self._tracker = tracker
        self._random = random
        self._bits_per_s = bits_per_s
        self._base_us = base_us
        self._jitter_us = jitter_us
        self._loss = loss
        self._header_bytes = header_bytes
        self._queue_packets = queue_packets
        self._sending: deque[int] = deque()
        self._store_packets = store_packets
        self._stored: deque[Packet] = deque()
        self._sent_us = 0
        self._arrived_us = 0

    @property
    def up(self) -> bool:
        """Whether anything passes; what is stored leaves in order when it does again."""
        return self._up

    @up.setter
    def up(self, up: bool) -> None:
        self._up = up
        if up:
            stored, self._stored = self._stored, deque()
            for packet in stored:
                self._send(packet)

    def put(self, packet: Packet) -> None:
        """Send a packet behind those that wait."""
        if self._up:
            now = now_us(self._env)
            while self._sending and self._sending[0] <= now:
                self._sending.popleft()
            if len(self._sending) < self._queue_packets:
                self._send(packet)
            else:
                self._tracker.settle(packet, Fate.QUEUE_FULL)
        elif not self._store_packets:
            self._tracker.settle(packet, Fate.LINK_DOWN)
        else:
            self._stored.append(packet)
            if len(self._stored) > self._store_packets:
                self._tracker.settle(self._stored.popleft(), Fate.QUEUE_FULL)

    def _send(self, packet: Packet) -> None:
        now = now_us(self._env)
        bits = 8 * (len(packet.payload) + self._header_bytes)
        on_wire_us = -(-bits * US_PER_S // self._bits_per_s)
        self._sent_us = max(now, self._sent_us) + on_wire_us
        self._sending.append(self._sent_us)
        # Jitter never lets a packet overtake an earlier one.
        self._arrived_us = max(self._sent_us + self._base_us + self._jitter_us(), self._arrived_us)
        lost = self._random.random() < self._loss
        at(self._env, self._arrived_us - now, self._arrive, packet, lost)

    def _arrive(self, packet: Packet, lost: bool) -> None:
        if not self._up:
            self._tracker.settle(packet, Fate.LINK_DOWN)
        elif lost:
            self._tracker.settle(packet, Fate.CORRUPTED)
        else:
            self.out(packet)
