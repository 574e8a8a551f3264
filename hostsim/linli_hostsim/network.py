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
    arrives. `header_bytes` are sent with each payload.
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
    ) -> None:
        self.up = True
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
        self._sent_us = 0
        self._arrived_us = 0

    def put(self, packet: Packet) -> None:
        """Send a packet behind those that wait."""
        now = now_us(self._env)
        while self._sending and self._sending[0] <= now:
            self._sending.popleft()
        if not self.up:
            self._tracker.settle(packet, Fate.LINK_DOWN)
            return
        if len(self._sending) >= self._queue_packets:
            self._tracker.settle(packet, Fate.QUEUE_FULL)
            return
        bits = 8 * (len(packet.payload) + self._header_bytes)
        on_wire_us = -(-bits * US_PER_S // self._bits_per_s)
        self._sent_us = max(now, self._sent_us) + on_wire_us
        self._sending.append(self._sent_us)
        # Jitter never lets a packet overtake an earlier one.
        self._arrived_us = max(self._sent_us + self._base_us + self._jitter_us(), self._arrived_us)
        lost = self._random.random() < self._loss
        at(self._env, self._arrived_us - now, self._arrive, packet, lost)

    def _arrive(self, packet: Packet, lost: bool) -> None:
        if not self.up:
            self._tracker.settle(packet, Fate.LINK_DOWN)
        elif lost:
            self._tracker.settle(packet, Fate.CORRUPTED)
        else:
            self.out(packet)
