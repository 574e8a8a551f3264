"""A half-duplex RS-485 bus whose master, the edge node, polls its devices in turn."""

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from simpy import Environment

from .clockwork import US_PER_S, at, now_us
from .packet import Fate, Out, Packet
from .priority_queue import PriorityQueue
from .tracker import Tracker

BITS_PER_BYTE = 11
"""8E1: start, eight data, parity, stop (Modbus over serial line 1.02, section 2.5.1)."""
FRAME_OVERHEAD_BYTES = 5
"""COBS code byte, CRC-16, a delimiter on either side."""
ADDRESS_BYTES = 1
IDLE_ANSWER_BYTES = 1
TURNAROUND_US = 5_000
"""From request to answer: a reply ready in a few ms; the figure of the cycle table we test with."""
RELEASE_US = 5_000
"""Silence after an answer, until its device has let go of the line; the boards keep it too."""
TIMEOUT_US = 200_000
"""The master's patience with one request; OSDP 2.2 gives a device 200 ms to answer (recalled)."""
RETRIES = 2
"""How often the master asks again before it polls the next device; our own figure."""
QUEUE_PACKETS = 8
"""Packets that wait at a device, and at the master for each device; our own figure."""


def characters_us(count: int, baud: int) -> int:
    """Return how long `count` characters take, rounded up to whole microseconds."""
    return -(-count * BITS_PER_BYTE * US_PER_S // baud)


def silence_us(baud: int) -> int:
    """Return t3.5, the silence that ends a frame (Modbus over serial line 1.02, 2.5.1.1)."""
    return 1750 if baud > 19_200 else math.ceil(3.5 * BITS_PER_BYTE * US_PER_S / baud)


class Bus:
    """Polls the addresses of `devices` in turn, for ever; one packet each way fits a poll.

    The master's poll carries its next packet for the device, if any; the device answers with its
    next packet or with one idle byte. What a poll carries is settled when it begins. Uplinks go
    `out`; downlinks enter by `put` and go out of the device's Port.

    Between polls that carry something, a device's poll always takes the same time, so the poll in
    progress at any instant follows from when and where the last loaded poll ended. Only loaded
    polls are events: a bus without traffic costs nothing, and the times are those of simulating
    every poll.

    `loss` is the chance that noise spoils a frame that carries a packet; such a packet is
    CORRUPTED, as are all while a device babbles. A dead device neither hears nor answers: each of
    its polls costs the master `1 + retries` requests with `timeout_us` of waiting, and what it was
    to carry is LINK_DOWN. One whose power has failed costs no more time than one with nothing to
    say: usually it is back after seconds.
    """

    out: Out

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        random: random.Random,
        devices: Sequence[int],
        baud: int,
        loss: float,
        turnaround_us: int = TURNAROUND_US,
        release_us: int = RELEASE_US,
        timeout_us: int = TIMEOUT_US,
        retries: int = RETRIES,
    ) -> None:
        self.ports = {device: Port(self, index) for index, device in enumerate(devices)}
        self._ports = list(self.ports.values())
        self._env = env
        self._tracker = tracker
        self._random = random
        self._baud = baud
        self._loss = loss
        self._turnaround_us = turnaround_us
        self._release_us = release_us
        self._silence_us = silence_us(baud)
        self._timeout_us = timeout_us
        self._attempts = 1 + retries
        self._babblers = 0
        idle_us = self._request_us(None) + self._answer_us(None) + release_us
        self._polls_us = [idle_us] * len(self._ports)
        self._lay_out()
        # At _origin_us, now or past or the end of the poll under way, _first is polled.
        self._origin_us = 0
        self._first = 0
        # Indices of the ports that have something to carry, in order.
        self._loaded: list[int] = []
        self._next: tuple[int, int] | None = None

    @property
    def idle_cycle_us(self) -> int:
        """How long it takes to poll every device, dead ones too, when none has anything to send."""
        return self._cycle_us

    def loaded_cycle_us(self, payload_bytes: int) -> int:
        """How long it takes to poll every device when each poll carries a packet both ways."""
        characters = ADDRESS_BYTES + 2 * (payload_bytes + FRAME_OVERHEAD_BYTES)
        silent_us = 2 * self._silence_us + self._turnaround_us + self._release_us
        return (characters_us(characters, self._baud) + silent_us) * len(self._ports)

    def put(self, packet: Packet) -> None:
        """Take a downlink for the next poll of its destination; KeyError when not on this bus."""
        port = self.ports[packet.destination]
        self.enqueue(port, port.down, packet)

    def enqueue(self, port: "Port", queue: PriorityQueue, packet: Packet) -> None:
        """Let `packet` wait in one of the port's queues for the port's next poll."""
        if port.is_dead and queue is port.up:
            self._tracker.settle(packet, Fate.LINK_DOWN)
            return
        dropped = queue.put(packet)
        if dropped is not None:
            self._tracker.settle(dropped, Fate.QUEUE_FULL)
        place = bisect_left(self._loaded, port.index)
        if self._loaded[place : place + 1] != [port.index]:
            self._loaded.insert(place, port.index)
            self._consider(self._poll_us(port.index), port.index)

    def lose(self, queue: PriorityQueue) -> None:
        """Settle what waits in a queue of a device whose power has failed."""
        for packet in queue.clear():
            self._tracker.settle(packet, Fate.LINK_DOWN)

    def set_dead(self, device: int, is_dead: bool) -> None:
        """Let a device break down, or replace it; what waits at a dead one is lost."""
        port = self.ports[device]
        self._find_poll()
        port.is_dead = is_dead
        if is_dead:
            self.lose(port.up)
            self._polls_us[port.index] = self._unanswered_us(None)
        else:
            idle_us = self._request_us(None) + self._answer_us(None) + self._release_us
            self._polls_us[port.index] = idle_us
        self._lay_out()
        self._next = None
        self._schedule()

    def set_babbling(self, is_babbling: bool) -> None:
        """Let one more device send all the time, or one less."""
        self._babblers += 1 if is_babbling else -1

    def _lay_out(self) -> None:
        """Find when in an idle cycle each poll begins."""
        *self._begins_us, self._cycle_us = accumulate(self._polls_us, initial=0)

    def _find_poll(self) -> None:
        """Let the reckoning begin anew with the next poll, or with this one if it begins now."""
        now = now_us(self._env)
        if now > self._origin_us:
            self._origin_us += (now - self._origin_us) // self._cycle_us * self._cycle_us
        while self._origin_us < now:
            self._origin_us += self._polls_us[self._first]
            self._first = (self._first + 1) % len(self._ports)

    def _request_us(self, packet: Packet | None) -> int:
        payload = len(packet.payload) if packet else 0
        count = ADDRESS_BYTES + payload + FRAME_OVERHEAD_BYTES
        return characters_us(count, self._baud) + self._silence_us

    def _answer_us(self, packet: Packet | None) -> int:
        count = len(packet.payload) + FRAME_OVERHEAD_BYTES if packet else IDLE_ANSWER_BYTES
        return self._turnaround_us + characters_us(count, self._baud) + self._silence_us

    def _unanswered_us(self, packet: Packet | None) -> int:
        request_us = self._request_us(packet) - self._silence_us
        return self._attempts * (request_us + self._timeout_us)

    def _poll_us(self, index: int) -> int:
        """Return when the next poll of address `index` begins, now at the earliest."""
        ahead_us = (self._begins_us[index] - self._begins_us[self._first]) % self._cycle_us
        late_us = now_us(self._env) - self._origin_us - ahead_us
        if late_us > 0:
            ahead_us += -(-late_us // self._cycle_us) * self._cycle_us
        return self._origin_us + ahead_us

    def _schedule(self) -> None:
        if self._loaded:
            self._find_poll()
            place = bisect_left(self._loaded, self._first)
            index = self._loaded[place % len(self._loaded)]
            self._consider(self._poll_us(index), index)

    def _consider(self, poll_us: int, index: int) -> None:
        """Have the next loaded poll be that of `index` at `poll_us` unless one comes sooner."""
        if self._next is None or (poll_us, index) < self._next:
            self._next = poll_us, index
            at(self._env, poll_us - now_us(self._env), self._poll, poll_us, index)

    def _poll(self, poll_us: int, index: int) -> None:
        if (poll_us, index) != self._next:
            return  # A device that is polled sooner got something to send since.
        port = self._ports[index]
        if not port.up and not port.down:
            # Its power has failed meanwhile.
            self._loaded.remove(index)
            self._next = None
            self._schedule()
            return
        down = port.down.pop() if port.down else None
        if port.is_dead:
            total_us = self._unanswered_us(down)
            if down is not None:
                down.airtime_us = self._attempts * self._on_wire_us(down)
                at(self._env, total_us, self._tracker.settle, down, Fate.LINK_DOWN)
        else:
            up = port.up.pop() if port.up else None
            total_us = self._exchange(port, down, up) + self._release_us
        if not port.up and not port.down:
            self._loaded.remove(index)
        self._origin_us = poll_us + total_us
        self._first = (index + 1) % len(self._ports)
        self._next = None
        self._schedule()

    def _exchange(self, port: "Port", down: Packet | None, up: Packet | None) -> int:
        """Carry a packet each way; return how long that takes."""
        request_us = self._request_us(down)
        total_us = request_us + self._answer_us(up)
        for packet, delay_us, out in ((down, request_us, port.out), (up, total_us, self.out)):
            if packet is not None:
                packet.airtime_us = self._on_wire_us(packet)
                at(self._env, delay_us, self._arrive, packet, out)
        return total_us

    def _on_wire_us(self, packet: Packet) -> int:
        return characters_us(len(packet.payload) + FRAME_OVERHEAD_BYTES, self._baud)

    def _arrive(self, packet: Packet, out: Out) -> None:
        if self._babblers or self._random.random() < self._loss:
            self._tracker.settle(packet, Fate.CORRUPTED)
        else:
            out(packet)


class Port:
    """A device's end of the bus: uplinks enter by `put`, downlinks come `out`."""

    out: Out

    def __init__(self, bus: Bus, index: int) -> None:
        self.index = index
        self.is_dead = False
        self.up = PriorityQueue(QUEUE_PACKETS)
        self.down = PriorityQueue(QUEUE_PACKETS)
        self._bus = bus

    def put(self, packet: Packet) -> None:
        """Take an uplink for the device's next poll."""
        self._bus.enqueue(self, self.up, packet)

    def switch_off(self) -> None:
        """Lose what waits at the device, whose power has failed."""
        self._bus.lose(self.up)
