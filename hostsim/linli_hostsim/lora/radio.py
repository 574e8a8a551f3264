"""The LoRa radio of a device: class A, asleep but for the window after each of its frames."""

import random
from collections.abc import Callable

from simpy import Environment

from ..clockwork import at, now_us
from ..packet import Fate, Out, Packet
from ..priority_queue import PriorityQueue
from ..tracker import Tracker
from .air import Air
from .airtime import PREAMBLE_SYMBOLS, symbol_us
from .interference import NONE, Interference
from .link_budget import Link, audible
from .lorawan import RECEIVE_DELAY_US

QUEUE_PACKETS = 8
"""Frames that wait while the radio is busy; our own figure, a driver's usual buffer."""


class Radio:
    """Sends uplinks on a random channel; `put` takes them, downlinks come `out`.

    As class A asks (LoRaWAN 1.0.4, section 3.3), the next uplink waits until the receive window of
    the last has closed; of those that wait, the most urgent goes first. Only the first window is
    modelled. `transmit_us` and `receive_us` are the time spent so, `awake_us` both and the waits
    between them. `window_us` is when the last window opened or will open (-1 once it is used),
    `heard_by` the links whose gateways received the uplink before it, on `channel`;
    `window_coming` is told of each such window.
    """

    out: Out
    window_coming: Callable[["Radio"], None]

    def __init__(
        self,
        env: Environment,
        air: Air,
        tracker: Tracker,
        random: random.Random,
        device: int,
        spreading_factor: int,
        channels: int,
        power_dbm: float,
        links: list[Link],
        interference: Interference = NONE,
    ) -> None:
        self.device = device
        self.spreading_factor = spreading_factor
        self.power_dbm = power_dbm
        self.transmit_us = 0
        self.receive_us = 0
        self.awake_us = 0
        self.heard_by: list[Link] = []
        self.channel = 0
        self.window_us = -1
        self._env = env
        self._air = air
        self._tracker = tracker
        self._random = random
        self._channels = channels
        self._links = audible(links, power_dbm, spreading_factor, interference)
        self._listening_us = PREAMBLE_SYMBOLS * symbol_us(spreading_factor)
        self._waiting = PriorityQueue(QUEUE_PACKETS)
        self._free_us = 0

    def put(self, packet: Packet) -> None:
        """Send an uplink packet now, or as soon as the radio is free."""
        now = now_us(self._env)
        if now >= self._free_us and not self._waiting:
            self._transmit(packet)
            return
        if not self._waiting:
            at(self._env, self._free_us - now, self._send_waiting)
        dropped = self._waiting.put(packet)
        if dropped is not None:
            self._tracker.settle(dropped, Fate.QUEUE_FULL)

    def receive(self, airtime_us: int) -> None:
        """Stay awake for a downlink frame that starts now."""
        self._free_us = max(self._free_us, now_us(self._env) + airtime_us)
        self.window_us = -1
        self.receive_us += airtime_us
        self.awake_us += airtime_us

    def switch_off(self) -> None:
        """Lose what waits and the coming window; the frame on the air goes on to its end."""
        for packet in self._waiting.clear():
            self._tracker.settle(packet, Fate.LINK_DOWN)
        self.window_us = -1
        self.heard_by = []

    def _send_waiting(self) -> None:
        if not self._waiting:
            return  # Switched off meanwhile.
        now = now_us(self._env)
        if now < self._free_us:
            at(self._env, self._free_us - now, self._send_waiting)
            return
        self._transmit(self._waiting.pop())
        if self._waiting:
            at(self._env, self._free_us - now, self._send_waiting)

    def _transmit(self, packet: Packet) -> None:
        packet.channel = self.channel = int(self._random.random() * self._channels)
        self._air.transmit(
            packet, self.spreading_factor, packet.channel, self.power_dbm, self._links, self._sent
        )
        busy_us = packet.airtime_us + RECEIVE_DELAY_US + self._listening_us
        self._free_us = now_us(self._env) + busy_us
        self.transmit_us += packet.airtime_us
        self.receive_us += self._listening_us
        self.awake_us += busy_us

    def _sent(self, heard_by: list[Link]) -> None:
        self.heard_by = heard_by
        self.window_us = now_us(self._env) + RECEIVE_DELAY_US
        if heard_by:
            self.window_coming(self)
