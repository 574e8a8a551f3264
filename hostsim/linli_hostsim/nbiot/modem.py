"""A device's NB-IoT modem: asks for access, sends what waits, stays connected for a while."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from simpy import Environment

from ..clockwork import US_PER_S, at, now_us
from ..packet import Fate, Out, Packet
from ..priority_queue import PriorityQueue
from ..tracker import Tracker
from . import report
from .carrier import Tones
from .coverage import MAX_LOSS_DB, CoverageClass, Mode
from .nprach import Nprach
from .power_saving import PowerSaving

QUEUE_PACKETS = 8
"""Waiting in the modem; our own figure."""
ATTEMPTS = 10
"""On NPRACH before access has failed: preambleTransMax-CE of a Vodafone cell, as in LENA-NB."""
BACKOFF_S = 1.024
"""After a refused attempt, at most: a step of TS 36.321, table 7.2-2; our choice."""


@dataclass(frozen=True, slots=True)
class Air:
    """What one modem shares with the others: its class's NPRACH, the uplink, and the cell's rules.

    `header_bytes` go with each packet; `loss` is the chance that one is lost all the same.
    """

    nprach: Nprach
    uplink: Tones
    mode: Mode
    header_bytes: int
    loss: float
    attempts: int = ATTEMPTS
    backoff_s: float = BACKOFF_S


@dataclass(frozen=True, slots=True)
class ModemTime:
    """Seconds of sending, of receiving, and of a connection in which nothing goes on."""

    transmit_s: float
    receive_s: float
    idle_s: float


class Modem:
    """Takes uplinks in `put`; passes those that arrive to `up` and downlinks that arrive to `out`.

    A modem that sleeps asks for access, then is given a connection, which lasts until
    `connected_until_us` and longer with each packet; `connected` is told of it. While connected it
    asks for access too, as Rel-13 has no scheduling request, but is served sooner. Packets that
    wait go in one connection. With access refused too often all that waits is lost: COLLIDED.
    """

    out: Out
    up: Out
    connected: Callable[["Modem"], None]

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        random: random.Random,
        device: int,
        loss_db: float,
        coverage_class: CoverageClass,
        air: Air,
        power_saving: PowerSaving,
    ) -> None:
        self.device = device
        self.loss_db = loss_db
        self.coverage_class = coverage_class
        self.power_saving = power_saving
        self.connected_until_us = 0
        self.is_asking = False
        self._env = env
        self._tracker = tracker
        self._random = random
        self._air = air
        self._waiting = PriorityQueue(QUEUE_PACKETS)
        self._is_on = True
        # Counts power cuts: what was under way before one is void.
        self._life = 0
        self._attempts = 0
        self._transmit_us = self._receive_us = self._connected_us = self._connections = 0
        self._byte_us = float(report.byte_s(loss_db)) * US_PER_S
        self._setup_us = _us(report.setup_s(loss_db, coverage_class.nprach_period_s, air.mode))
        self._listen_us = _us(report.receive_s(loss_db))
        if power_saving.is_deaf:
            at(env, _us(power_saving.update_s), self._update)

    @property
    def is_connected(self) -> bool:
        """Whether the base station can send at once."""
        return now_us(self._env) < self.connected_until_us

    @property
    def is_reachable(self) -> bool:
        """Whether any coverage class is enough for this device."""
        return self.loss_db <= MAX_LOSS_DB

    def put(self, packet: Packet) -> None:
        """Send an uplink packet as soon as access is granted."""
        self._is_on = True
        if not self.is_reachable:
            self._tracker.settle(packet, Fate.BELOW_SENSITIVITY)
            return
        dropped = self._waiting.put(packet)
        if dropped is not None:
            self._tracker.settle(dropped, Fate.QUEUE_FULL)
        self.call()

    def call(self) -> None:
        """Ask for access, for what waits at either end; nothing new while that goes on."""
        if not self.is_asking and self._is_on and self.is_reachable:
            self.is_asking = True
            self._attempts = 0
            self._attempt(self._life)

    def receive(self, duration_us: int) -> None:
        """Take note of a downlink that took `duration_us` and has arrived."""
        self._receive_us += duration_us
        self._stay_connected()

    def switch_off(self) -> None:
        """Lose what waits and the connection."""
        for packet in self._waiting.clear():
            self._tracker.settle(packet, Fate.LINK_DOWN)
        self.connected_until_us = 0
        self.is_asking = self._is_on = False
        self._life += 1

    def time(self, span_s: float) -> ModemTime:
        """Return what the modem did in the first `span_s` of the simulation."""
        connected_s = self._connected_us / US_PER_S
        paging_s = self.power_saving.listening_s(
            max(span_s - connected_s, 0.0), self._connections, self.coverage_class
        )
        receive_s = self._receive_us / US_PER_S + paging_s
        return ModemTime(self._transmit_us / US_PER_S, receive_s, connected_s)

    def _attempt(self, life: int) -> None:
        if life == self._life:
            self._attempts += 1
            self._air.nprach.ask(partial(self._answer, life))

    def _answer(self, life: int, is_heard: bool) -> None:
        if life != self._life:
            return
        if is_heard:
            if self.is_connected:
                setup_us = _us(self.coverage_class.npdcch_period_s)
                self._transmit_us += _us(self.coverage_class.nprach_s)
                self._receive_us += setup_us
            else:
                # A sleeping device's report has its one attempt in it.
                setup_us = self._setup_us
                self._receive_us += self._listen_us
            at(self._env, setup_us, self._connect, life)
            return
        self._transmit_us += _us(self.coverage_class.nprach_s)
        self._receive_us += _us(self.coverage_class.contention_s)
        if self._attempts < self._air.attempts:
            wait_s = self.coverage_class.contention_s + self._random.random() * self._air.backoff_s
            at(self._env, _us(wait_s), self._attempt, life)
            return
        self.is_asking = False
        for packet in self._waiting.clear():
            self._tracker.settle(packet, Fate.COLLIDED)

    def _connect(self, life: int) -> None:
        if life != self._life:
            return
        if not self.is_connected:
            self._connections += 1
        self._stay_connected()
        self._send_next()
        self.connected(self)

    def _send_next(self) -> None:
        if not self._waiting:
            self.is_asking = False
            return
        packet = self._waiting.pop()
        length = len(packet.payload) + self._air.header_bytes
        packet.airtime_us = round(length * self._byte_us)
        packet.channel = self.coverage_class.number
        self._air.uplink.use(packet.airtime_us, partial(self._sent, packet, self._life))

    def _sent(self, packet: Packet, life: int) -> None:
        self._transmit_us += packet.airtime_us
        if self._random.random() < self._air.loss:
            self._tracker.settle(packet, Fate.CORRUPTED)
        else:
            self.up(packet)
        if life == self._life:
            self._stay_connected()
            self._send_next()

    def _stay_connected(self) -> None:
        now = now_us(self._env)
        until_us = now + _us(self.power_saving.inactivity_s)
        self._connected_us += until_us - max(self.connected_until_us, now)
        self.connected_until_us = until_us

    def _update(self) -> None:
        now = now_us(self._env)
        due_us = self.connected_until_us + _us(self.power_saving.update_s)
        if due_us <= now:
            self.call()
            due_us = now + _us(self.power_saving.update_s)
        at(self._env, due_us - now, self._update)


def _us(seconds: float | NDArray[np.float64]) -> int:
    return round(float(seconds) * US_PER_S)
