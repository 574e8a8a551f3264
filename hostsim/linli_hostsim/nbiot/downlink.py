"""The network's part of NB-IoT: pages sleeping devices and holds what deaf ones cannot hear."""

import random
from functools import partial

from simpy import Environment

from ..clockwork import US_PER_S, at, now_us
from ..packet import Fate, Packet
from ..priority_queue import PriorityQueue
from ..tracker import Tracker
from .carrier import SharedSubframes, npdsch_s
from .coverage import Mode
from .modem import Modem

HELD_PACKETS = 4
"""Downlinks held for one device; our own figure."""


class Downlinks:
    """Takes downlinks in `put` and sends each when its device is connected.

    A device that listens is paged and then asks for access like any other; one in power saving mode
    is waited for. What was held for `hold_us` is RECEIVER_ASLEEP. Each device is sent one packet at
    a time. `loss` is the chance that a packet is
    lost all the same.
    """

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        random: random.Random,
        mode: Mode,
        header_bytes: int,
        loss: float,
        hold_us: int,
    ) -> None:
        self._env = env
        self._tracker = tracker
        self._random = random
        self._mode = mode
        self._header_bytes = header_bytes
        self._loss = loss
        self._hold_us = hold_us
        self._npdsch = SharedSubframes(env)
        self._modems: dict[int, Modem] = {}
        self._held: dict[int, PriorityQueue] = {}
        self._sending: set[int] = set()
        self._paging: set[int] = set()

    def attach(self, modem: Modem) -> None:
        """Serve `modem` from now on."""
        modem.connected = self._serve
        self._modems[modem.device] = modem
        self._held[modem.device] = PriorityQueue(HELD_PACKETS)

    def put(self, packet: Packet) -> None:
        """Send a downlink once its destination can hear it; KeyError when no such modem."""
        modem = self._modems[packet.destination]
        if not modem.is_reachable:
            self._tracker.settle(packet, Fate.BELOW_SENSITIVITY)
            return
        dropped = self._held[modem.device].put(packet)
        if dropped is not None:
            self._tracker.settle(dropped, Fate.QUEUE_FULL)
        at(self._env, self._hold_us, self._expire, packet)
        self._serve(modem)

    def _expire(self, packet: Packet) -> None:
        if self._held[packet.destination].discard(packet):
            self._tracker.settle(packet, Fate.RECEIVER_ASLEEP)

    def _serve(self, modem: Modem) -> None:
        held = self._held[modem.device]
        if not held or modem.device in self._sending:
            return
        if modem.is_connected:
            packet = held.pop()
            length = len(packet.payload) + self._header_bytes
            packet.airtime_us = round(float(npdsch_s(modem.loss_db, length, self._mode)) * US_PER_S)
            packet.channel = modem.coverage_class.number
            self._sending.add(modem.device)
            self._npdsch.use(packet.airtime_us, partial(self._sent, packet, modem))
        elif not modem.is_asking and modem.device not in self._paging:
            # The phase comes from the device's identity, as TS 36.304 has it.
            due_us = modem.power_saving.next_paging_us(
                now_us(self._env), modem.connected_until_us, modem.device * 10_000
            )
            if due_us is not None:
                self._paging.add(modem.device)
                at(self._env, due_us - now_us(self._env), self._page, modem)

    def _page(self, modem: Modem) -> None:
        self._paging.discard(modem.device)
        if self._held[modem.device]:
            modem.call()

    def _sent(self, packet: Packet, modem: Modem) -> None:
        self._sending.discard(modem.device)
        modem.receive(packet.airtime_us)
        if self._random.random() < self._loss:
            self._tracker.settle(packet, Fate.CORRUPTED)
        else:
            modem.out(packet)
        self._serve(modem)
