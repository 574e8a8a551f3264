"""The LoRa radio of a device: asleep but for the windows after its frames, or always listening."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simpy import Environment

from ..clockwork import at, now_us
from ..packet import Fate, Out, Packet
from ..priority_queue import PriorityQueue
from ..tracker import Tracker
from .adr import ANSWER_BYTES, Command, DeviceAdr
from .air import Air
from .airtime import PREAMBLE_SYMBOLS, symbol_us
from .interference import NONE, Interference
from .link_budget import Link, audible
from .lorawan import RECEIVE_DELAY_US, SECOND_RECEIVE_DELAY_US
from .off_time import OffTimes
from .region import Region
from .sensitivity import NS3, Sensitivity

QUEUE_PACKETS = 8
"""Frames that wait while the radio is busy; our own figure, a driver's usual buffer."""


@dataclass(frozen=True, slots=True)
class Window:
    """When a device listens, and to what."""

    opens_us: int
    channel: int
    spreading_factor: int


class Radio:
    """Sends uplinks on a random channel; `put` takes them, downlinks come `out`.

    As class A asks (LoRaWAN 1.0.4, section 3.3), the next uplink waits until the receive windows of
    the last have closed; of those that wait, the most urgent goes first. The first window has the
    uplink's channel and spreading factor (data rate offset 0); `has_second_window` adds the
    region's second one, which stays closed when something came in the first. A class C radio
    (`always_listens`) hears the second window's channel whenever it does not send, at its own
    spreading factor, to which RXParamSetupReq has set it: the region's is slow for near devices,
    and in China too slow for a full packet.
    `keeps_off_time`: after a frame its sub-band is left silent, besides what the device's own
    budget allows.

    `transmit_us`, by power in dBm, and `receive_us` are the time spent so, `awake_us` both and the
    waits between them; listening for class C is not counted. `heard_by` are the links whose
    gateways received the last uplink; a class C radio's stay when nobody heard one; `all_links`
    are those to all gateways. `listening` is
    told of each uplink that was heard. With `adr`, spreading factor and power change in the course
    of time, as the network commands and as the device helps itself. `noise_rise_db` is how much
    more noise it hears than its own, by channel.
    """

    out: Out
    listening: Callable[["Radio"], None]

    def __init__(
        self,
        env: Environment,
        air: Air,
        tracker: Tracker,
        random: random.Random,
        device: int,
        region: Region,
        spreading_factor: int,
        links: list[Link],
        interference: Interference = NONE,
        sensitivity: Sensitivity = NS3,
        has_second_window: bool = False,
        always_listens: bool = False,
        keeps_off_time: bool = False,
        adr: DeviceAdr | None = None,
    ) -> None:
        self.device = device
        self.adr = adr
        self.always_listens = always_listens
        self.transmit_us: defaultdict[float, int] = defaultdict(int)
        self.receive_us = 0
        self.awake_us = 0
        self.heard_by: list[Link] = []
        self.noise_rise_db: Mapping[int, float] = {}
        self._env = env
        self._air = air
        self._tracker = tracker
        self._random = random
        self._region = region
        self.all_links = links
        self._interference = interference
        self._gateway_dbm = sensitivity.gateway_dbm
        self._has_second_window = has_second_window
        self._option_bytes = 0
        self._tune(spreading_factor, region.max_power_dbm)
        self._off_times = OffTimes(region) if keeps_off_time else None
        self._waiting = PriorityQueue(QUEUE_PACKETS)
        self._channel = 0
        self._sent_us = -1  # End of the last uplink, -1 once its windows are used.
        self._transmitting_until_us = 0
        self._free_us = 0

    @property
    def is_transmitting(self) -> bool:
        """Whether a frame is on the air, so that nothing can be heard."""
        return now_us(self._env) < self._transmitting_until_us

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

    def window_from(self, earliest_us: int) -> Window | None:
        """Return the window of the last uplink that opens first, but not before `earliest_us`."""
        if self._sent_us < 0:
            return None
        first_us = self._sent_us + RECEIVE_DELAY_US
        if earliest_us <= first_us:
            return Window(first_us, self._channel, self.spreading_factor)
        second_us = self._sent_us + SECOND_RECEIVE_DELAY_US
        if self._has_second_window and earliest_us <= second_us:
            return Window(second_us, self._region.rx2_channel, self._region.rx2_spreading_factor)
        return None

    def open_window(self) -> Window:
        """Return what a class C radio listens to now."""
        return Window(now_us(self._env), self._region.rx2_channel, self.spreading_factor)

    def receive(self, airtime_us: int) -> None:
        """Stay awake for a downlink frame that starts now; the windows are used with that."""
        now = now_us(self._env)
        if now < self._sent_us + SECOND_RECEIVE_DELAY_US:
            # The second window was accounted for with the uplink, but is not opened.
            self.receive_us -= self._second_us
            self.awake_us -= self._second_adds_us
        self._sent_us = -1
        self._free_us = max(self._off_until_us(), now + airtime_us)
        self.receive_us += airtime_us
        self.awake_us += airtime_us

    def answered(self, command: Command | None) -> None:
        """Take note that a downlink was heard, and obey what it commands: LinkADRReq."""
        if self.adr is not None:
            self.adr.answered()
        if command is not None:
            self._tune(*command)
            self._option_bytes = ANSWER_BYTES

    def switch_off(self) -> None:
        """Lose what waits and the coming windows; the frame on the air goes on to its end."""
        for packet in self._waiting.clear():
            self._tracker.settle(packet, Fate.LINK_DOWN)
        self._sent_us = -1
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

    def _tune(self, spreading_factor: int, power_dbm: float) -> None:
        self.spreading_factor = spreading_factor
        self.power_dbm = power_dbm
        self._links = audible(
            self.all_links, power_dbm, spreading_factor, self._interference, self._gateway_dbm
        )
        first_us = PREAMBLE_SYMBOLS * symbol_us(spreading_factor)
        # From the end of an uplink to the end of its windows, and how long they are open.
        self._windows_us = 0 if self.always_listens else RECEIVE_DELAY_US + first_us
        self._listening_us = 0 if self.always_listens else first_us
        # What the second window adds to either.
        self._second_adds_us = self._second_us = 0
        if self._has_second_window and not self.always_listens:
            self._second_us = PREAMBLE_SYMBOLS * symbol_us(self._region.rx2_spreading_factor)
            end_us = SECOND_RECEIVE_DELAY_US + self._second_us
            self._second_adds_us = end_us - self._windows_us

    def _transmit(self, packet: Packet) -> None:
        now = now_us(self._env)
        packet.channel = self._channel = self._choose_channel(now)
        if self.adr is not None:
            tuning = self.adr.next(self.spreading_factor, self.power_dbm)
            if tuning != (self.spreading_factor, self.power_dbm):
                self._tune(*tuning)
        self._air.transmit(
            packet,
            self.spreading_factor,
            packet.channel,
            self.power_dbm,
            self._links,
            self._sent,
            self._option_bytes,
        )
        self._option_bytes = 0
        airtime_us = packet.airtime_us
        if self._off_times is not None:
            self._off_times.begin(packet.channel, airtime_us, now)
        busy_us = airtime_us + self._windows_us + self._second_adds_us
        self._transmitting_until_us = now + airtime_us
        self._free_us = max(self._off_until_us(), now + busy_us)
        self.transmit_us[self.power_dbm] += airtime_us
        self.receive_us += self._listening_us + self._second_us
        self.awake_us += busy_us

    def _choose_channel(self, now: int) -> int:
        channels = self._region.channels
        if self._off_times is None:
            return int(self._random.random() * channels)
        usable = [
            channel for channel in range(channels) if self._off_times.until_us(channel) <= now
        ]
        return usable[int(self._random.random() * len(usable))]

    def _off_until_us(self) -> int:
        """Return when the off time first leaves a channel to use."""
        if self._off_times is None:
            return 0
        return min(self._off_times.until_us(channel) for channel in range(self._region.channels))

    def _sent(self, heard_by: list[Link]) -> None:
        if heard_by or not self.always_listens:
            self.heard_by = heard_by
        self._sent_us = now_us(self._env)
        if heard_by:
            self.listening(self)
