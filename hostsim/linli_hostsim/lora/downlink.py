"""The network server's part of LoRa: holds downlinks until their device listens."""

from simpy import Environment

from ..clockwork import at, now_us
from ..packet import Fate, Packet
from ..priority_queue import PriorityQueue
from ..tracker import Tracker
from . import airtime
from .adr import REQUEST_BYTES, Command, NetworkAdr
from .link_budget import Link
from .lorawan import EMPTY_BYTES, frame_us
from .radio import Radio, Window
from .region import Region
from .sensitivity import NS3, Sensitivity

HELD_PACKETS = 4
"""Downlinks held for one device; our own figure."""


class Downlinks:
    """Takes downlink packets in `put` and sends each when its destination listens.

    One frame fits a window: the most urgent, and of equals the newest, since an acknowledgement
    that missed its window must not delay the next one. It leaves from the gateway with the
    strongest signal, of those that heard the uplink and can reach the device, which is free to
    transmit; when none is, or the region allows no frame so long, it waits for the next window. To
    a class C radio it leaves as soon as such a gateway is free, from where the last uplink was
    heard. What was held for longer than `hold_us` is RECEIVER_ASLEEP. Downlinks meet no
    interference, because LoRaWAN inverts their signal and few devices listen at any time.

    What the network has to tell a device of its data rate goes in the header of the next downlink,
    or in a frame of its own when none is held: such frames are no packets, they only take time.
    """

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        region: Region,
        hold_us: int,
        sensitivity: Sensitivity = NS3,
    ) -> None:
        self._env = env
        self._tracker = tracker
        self._region = region
        self._hold_us = hold_us
        self._sensitivity_dbm = sensitivity.device_dbm
        self._powers_dbm = [region.sub_bands[number].max_power_dbm for number in region.sub_band]
        self._radios: dict[int, Radio] = {}
        self._held: dict[int, PriorityQueue] = {}
        self._adrs: dict[int, NetworkAdr] = {}
        self._retrying: set[int] = set()

    def attach(self, radio: Radio, adr: NetworkAdr | None = None) -> None:
        """Serve `radio` from now on, and manage its data rate by `adr`."""
        radio.listening = self._heard
        if adr is not None:
            self._adrs[radio.device] = adr
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
            self._listening(self._radios[packet.destination])

    def _expire(self, packet: Packet) -> None:
        if self._held[packet.destination].discard(packet):
            self._tracker.settle(packet, Fate.RECEIVER_ASLEEP)

    def _heard(self, radio: Radio) -> None:
        adr = self._adrs.get(radio.device)
        if adr is not None:
            rssi_dbm = radio.power_dbm - radio.heard_by[0].loss_db
            is_asked = radio.adr is not None and radio.adr.asks
            adr.heard(rssi_dbm, radio.spreading_factor, radio.power_dbm, is_asked)
        self._listening(radio)

    def _has_something_for(self, radio: Radio) -> bool:
        if self._held[radio.device]:
            return True
        adr = self._adrs.get(radio.device)
        return adr is not None and (adr.command is not None or adr.is_asked)

    def _listening(self, radio: Radio) -> None:
        if not radio.heard_by or not self._has_something_for(radio):
            return
        if radio.always_listens:
            self._send_soon(radio)
        else:
            self._wait_for_window(radio, now_us(self._env))

    def _wait_for_window(self, radio: Radio, earliest_us: int) -> None:
        window = radio.window_from(earliest_us)
        if window is not None:
            at(self._env, window.opens_us - now_us(self._env), self._window, radio, window)

    def _window(self, radio: Radio, window: Window) -> None:
        if not self._has_something_for(radio) or radio.window_from(window.opens_us) != window:
            return  # Expired, or the window is used, or the device is off.
        if not self._send(radio, window):
            self._wait_for_window(radio, window.opens_us + 1)

    def _send_soon(self, radio: Radio) -> None:
        """Send what is held for a radio that always listens, one frame after the other."""
        if radio.device in self._retrying:
            return
        window = radio.open_window()
        if not self._send(radio, window):
            free_us = min(link.gateway.free_us(window.channel) for link in radio.heard_by)
            wait_us = free_us - window.opens_us
            if wait_us > 0:
                self._retrying.add(radio.device)
                at(self._env, wait_us, self._retry, radio)

    def _retry(self, radio: Radio) -> None:
        self._retrying.discard(radio.device)
        self._listening(radio)

    def _send(self, radio: Radio, window: Window) -> bool:
        """Send the next held packet in `window`, if any; tell whether that was possible."""
        held = self._held[radio.device]
        adr = self._adrs.get(radio.device)
        command = adr.command if adr is not None else None
        option_bytes = REQUEST_BYTES if command is not None else 0
        if held:
            payload_bytes = len(held.peek().payload)
            airtime_us = frame_us(payload_bytes + option_bytes, window.spreading_factor)
        else:
            airtime_us = airtime.airtime_us(EMPTY_BYTES + option_bytes, window.spreading_factor)
        if self._region.max_airtime_us is not None and airtime_us > self._region.max_airtime_us:
            return False
        reaching = [link for link in radio.heard_by if self._reaches(window, link)]
        # With none that reaches, the strongest is tried all the same.
        choice = reaching or radio.heard_by[:1]
        free = (link for link in choice if link.gateway.may_transmit(window.channel))
        link = next(free, None)
        if link is None:
            return False
        if adr is not None:
            adr.told()
        packet = None
        if held:
            packet = held.pop()
            packet.airtime_us = airtime_us
            packet.channel = window.channel
        link.gateway.transmit(airtime_us, window.channel)
        is_heard = not radio.is_transmitting
        if is_heard:
            radio.receive(airtime_us)
        fate = Fate.DELIVERED
        if not is_heard:
            fate = Fate.DEVICE_TRANSMITTING
        elif not reaching:
            fate = Fate.BELOW_SENSITIVITY
        elif not self._reaches(window, link, radio.noise_rise_db.get(window.channel, 0.0)):
            fate = Fate.JAMMED
        at(self._env, airtime_us, self._arrived, packet, radio, command, fate)
        return True

    def _arrived(
        self,
        packet: Packet | None,
        radio: Radio,
        command: Command | None,
        fate: Fate,
    ) -> None:
        if fate is Fate.DELIVERED:
            radio.answered(command)
            if packet is not None:
                radio.out(packet)
        elif packet is not None:
            self._tracker.settle(packet, fate)
        if radio.always_listens:
            self._listening(radio)

    def _reaches(self, window: Window, link: Link, noise_rise_db: float = 0.0) -> bool:
        level_dbm = self._powers_dbm[window.channel] - link.loss_db - noise_rise_db
        return level_dbm >= self._sensitivity_dbm[window.spreading_factor]
