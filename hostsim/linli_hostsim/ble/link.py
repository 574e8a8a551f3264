"""A connection between a device and its gateway: packets go in connection events, and only then."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from simpy import Environment

from ..clockwork import at, now_us
from ..packet import Direction, Fate, Out, Packet
from ..tracker import Tracker
from .packets import EMPTY_US, IFS_US, packet_us, pieces

QUEUE_PACKETS = 8
"""At either end; our own figure."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What gateway and device have agreed on, and how often a packet is lost on the air.

    Of `latency` events in a row the device may sleep through each if it has nothing to send. Events
    are `interval_us` apart and last for `event_us` at most. Without a packet for `supervision_us`
    the connection is lost.
    """

    interval_us: int
    latency: int
    event_us: int
    att_mtu: int
    link_bytes: int
    loss: float
    supervision_us: int


@dataclass(slots=True, eq=False)
class _Transfer:
    packet: Packet
    pieces: deque[int]


class Link:
    """A device's connection, and what waits for it; uplinks go `up`, downlinks `out`.

    While it is not connected, what is sent is lost (LINK_DOWN). In an event gateway and device
    exchange a piece each way after another until nothing is left or no more fits. A piece that is
    lost ends the event and is repeated in the next. When that goes on for too long the connection
    is lost, and `lost` is called. Events without packets are not simulated, but counted in
    `radio_us`.
    """

    up: Out
    out: Out
    lost: Callable[[], None]

    def __init__(
        self, env: Environment, tracker: Tracker, random: random.Random, rules: Rules
    ) -> None:
        self.rules = rules
        self._env = env
        self._tracker = tracker
        self._random = random
        self._anchor_us: int | None = None
        self._connected_us = 0
        self._queues: dict[Direction, deque[_Transfer]] = {
            Direction.UP: deque(),
            Direction.DOWN: deque(),
        }
        self._next_us: int | None = None
        self._data_us = 0
        self._failed = 0

    @property
    def is_connected(self) -> bool:
        """Whether packets pass."""
        return self._anchor_us is not None

    def connect(self, anchor_us: int) -> None:
        """Have connection events at `anchor_us` and every interval from then on."""
        self._anchor_us = anchor_us
        self._failed = 0

    def disconnect(self) -> None:
        """Lose the connection and all that waits."""
        if self._anchor_us is None:
            return
        self._connected_us += self._since_anchor_us()
        self._anchor_us = None
        self._next_us = None
        for queue in self._queues.values():
            for transfer in queue:
                self._tracker.settle(transfer.packet, Fate.LINK_DOWN)
            queue.clear()

    def radio_us(self) -> int:
        """Return how long the device has sent and listened in connection events."""
        connected_us = self._connected_us + self._since_anchor_us()
        attended = connected_us // (self.rules.interval_us * (self.rules.latency + 1))
        return attended * (2 * EMPTY_US + IFS_US) + self._data_us

    def put(self, packet: Packet) -> None:
        """Send a packet in the next event that its receiver attends."""
        queue = self._queues[packet.direction]
        if self._anchor_us is None:
            self._tracker.settle(packet, Fate.LINK_DOWN)
        elif len(queue) >= QUEUE_PACKETS:
            self._tracker.settle(packet, Fate.QUEUE_FULL)
        else:
            rules = self.rules
            cut = deque(pieces(len(packet.payload), rules.att_mtu, rules.link_bytes))
            packet.airtime_us = sum(map(packet_us, cut))
            queue.append(_Transfer(packet, cut))
            self._plan(packet.direction)

    def _since_anchor_us(self) -> int:
        return 0 if self._anchor_us is None else max(now_us(self._env) - self._anchor_us, 0)

    def _plan(self, direction: Direction) -> None:
        assert self._anchor_us is not None
        period_us = self.rules.interval_us
        if direction is Direction.DOWN:
            period_us *= self.rules.latency + 1
        now = now_us(self._env)
        due_us = max(now + (self._anchor_us - now) % period_us, self._anchor_us)
        if self._next_us is None or due_us < self._next_us:
            self._next_us = due_us
            at(self._env, due_us - now, self._meet, due_us)

    def _meet(self, due_us: int) -> None:
        if due_us != self._next_us:
            return  # The link was lost, or an uplink came sooner.
        self._next_us = None
        up, down = self._queues[Direction.UP], self._queues[Direction.DOWN]
        used_us = 0
        while up or down:
            down_us = packet_us(down[0].pieces[0]) if down else EMPTY_US
            up_us = packet_us(up[0].pieces[0]) if up else EMPTY_US
            pair_us = down_us + IFS_US + up_us
            if used_us and used_us + pair_us > self.rules.event_us:
                break
            self._data_us += pair_us
            intact = (1 - self.rules.loss) ** 2
            if self._random.random() >= intact:
                break
            if down:
                self._advance(down, used_us + down_us, self.out)
            used_us += pair_us
            if up:
                self._advance(up, used_us, self.up)
            used_us += IFS_US
        self._failed = 0 if used_us else self._failed + 1
        if self._failed * self.rules.interval_us >= self.rules.supervision_us:
            self.disconnect()
            self.lost()
        elif up or down:
            self._next_us = due_us + self.rules.interval_us
            at(self._env, self.rules.interval_us, self._meet, self._next_us)

    def _advance(self, queue: deque[_Transfer], delay_us: int, out: Out) -> None:
        transfer = queue[0]
        transfer.pieces.popleft()
        if not transfer.pieces:
            queue.popleft()
            at(self._env, delay_us, out, transfer.packet)


def throughput_bytes_per_s(length: int, rules: Rules) -> float:
    """Return what a device brings through that always has packets of `length` bytes, one way.

    For packets of one piece each, without loss.
    """
    (piece,) = pieces(length, rules.att_mtu, rules.link_bytes)
    pair_us = EMPTY_US + IFS_US + packet_us(piece)
    # The last pair needs no gap after it.
    pairs = max(1, (rules.event_us + IFS_US) // (pair_us + IFS_US))
    return pairs * length * 1e6 / rules.interval_us
