"""The network server's part of LoRa: holds downlinks until their device listens."""

from simpy import Environment

from ..clockwork import at, now_us
from ..packet import Fate, Packet
from ..priority_queue import PriorityQueue
from ..tracker import Tracker
from .link_budget import Link
from .lorawan import frame_us
from .radio import Radio
from .sensitivity import DEVICE_DBM

HELD_PACKETS = 4
"""Downlinks held for one device; our own figure."""


class Downlinks:
    """Takes downlink packets in `put` and sends each in a receive window of its destination.

    One frame fits a window: the most urgent, and of equals the newest, since an acknowledgement
    that missed its window must not delay the next one. It leaves from the gateway with the
    strongest signal, of those that heard the uplink and can reach the device, which is free to
    transmit; when none is, it stays held. What was held for longer than `hold_us` is
    RECEIVER_ASLEEP. Downlinks use the uplink's spreading factor (RX1 with data rate offset 0); they
    meet no interference, because LoRaWAN inverts their signal and few devices listen at any time.
    """

    def __init__(self, env: Environment, tracker: Tracker, hold_us: int) -> None:
        self._env = env
        self._tracker = tracker
        self._hold_us = hold_us
        self._radios: dict[int, Radio] = {}
        self._held: dict[int, PriorityQueue] = {}

    def attach(self, radio: Radio) -> None:
        """Serve `radio` from now on."""
        radio.window_coming = self._window_coming
        self._radios[radio.device] = radio
        self._held[radio.device] = PriorityQueue(HELD_PACKETS, newest_first=True)

    def put(self, packet: Packet) -> None:
        """Hold a downlink for its destination's next window; KeyError when no such radio."""
        held = self._held[packet.destination]
        first = not held
        dropped = held.put(packet)
        if dropped is not None:
            self._tracker.settle(dropped, Fate.QUEUE_FULL)
        at(self._env, self._hold_us, self._expire, packet)
        if first:
            self._window_coming(self._radios[packet.destination])

    def _expire(self, packet: Packet) -> None:
        if self._held[packet.destination].discard(packet):
            self._tracker.settle(packet, Fate.RECEIVER_ASLEEP)

    def _window_coming(self, radio: Radio) -> None:
        wait_us = radio.window_us - now_us(self._env)
        if wait_us >= 0 and radio.heard_by and self._held[radio.device]:
            at(self._env, wait_us, self._window, radio)

    def _window(self, radio: Radio) -> None:
        held = self._held[radio.device]
        reaching = [link for link in radio.heard_by if self._reaches(radio, link)]
        # With none that reaches, the strongest is tried all the same.
        choice = reaching or radio.heard_by[:1]
        link = next((link for link in choice if link.gateway.may_transmit()), None)
        if held and link is not None:
            packet = held.pop()
            packet.airtime_us = frame_us(len(packet.payload), radio.spreading_factor)
            packet.channel = radio.channel
            link.gateway.transmit(packet.airtime_us)
            radio.receive(packet.airtime_us)
            at(self._env, packet.airtime_us, self._arrived, packet, radio, link)

    def _arrived(self, packet: Packet, radio: Radio, link: Link) -> None:
        if self._reaches(radio, link):
            radio.out(packet)
        else:
            self._tracker.settle(packet, Fate.BELOW_SENSITIVITY)

    @staticmethod
    def _reaches(radio: Radio, link: Link) -> bool:
        return link.gateway.power_dbm - link.loss_db >= DEVICE_DBM[radio.spreading_factor]
