"""An access point and its stations on one channel: packets both ways, power saving, restarts."""

import random
from functools import partial

from simpy import Environment

from ..clockwork import at, now_us
from ..packet import Direction, Fate, Out, Packet
from ..tracker import Tracker
from .association import FRAMES, NOTICED_US, RATE_MBPS, SCAN_US
from .channel import Channel, Frame, Outcome, Sender
from .dcf import IP_BYTES, MAC_BYTES, SECURITY_BYTES, exchange_us

QUEUE_FRAMES = 32
"""At a station and, for each of its stations, at the access point (ESP-IDF, esp_wifi: dynamic TX
buffers; recalled)."""
BEACON_US = 102_400
"""Between beacons: a hundred time units (IEEE 802.11-2020, 9.4.1.3)."""
AWAKE_US = 50_000
"""A station that saves power stays awake for so long after a frame (ESP-IDF,
CONFIG_ESP_WIFI_SLP_DEFAULT_MIN_ACTIVE_TIME; recalled)."""

_FATES = {Outcome.COLLIDED: Fate.COLLIDED, Outcome.SPOILT: Fate.CORRUPTED}


class AccessPoint:
    """Uplinks go `out`, downlinks enter by `put`; its queue for them is a sender like the others'.

    Downlinks for a station that sleeps wait for the next beacon that all sleepers listen to. Frames
    by which the station asks for them are not modelled.
    """

    out: Out

    def __init__(
        self, env: Environment, tracker: Tracker, channel: Channel, rate_mbps: int
    ) -> None:
        self.env = env
        self.tracker = tracker
        self.channel = channel
        self.is_on = True
        self.sender = Sender(channel, 0)
        self._rate_mbps = rate_mbps
        self._stations: dict[int, Station] = {}

    def add(self, device: int, random: random.Random, listens_every: int) -> "Station":
        """Return a new station, which listens to each `listens_every`th beacon; to all when 0."""
        station = self._stations[device] = Station(self, random, listens_every)
        self.sender.limit += QUEUE_FRAMES
        return station

    def put(self, packet: Packet) -> None:
        """Send a downlink to its station."""
        station = self._stations[packet.destination]
        wait_us = station.asleep_us()
        if wait_us:
            at(self.env, wait_us, self._send, station, packet)
        else:
            self._send(station, packet)

    def restart(self, off_us: int) -> None:
        """Be off for `off_us`; all stations then look for it and join anew."""
        self.is_on = False
        self.sender.lose()
        for station in self._stations.values():
            station.leave(max(off_us, NOTICED_US))
        at(self.env, off_us, self._return)

    def _return(self) -> None:
        self.is_on = True

    def _send(self, station: "Station", packet: Packet) -> None:
        if not station.is_associated:
            self.tracker.settle(packet, Fate.LINK_DOWN)
            return
        self.transmit(self.sender, packet, station)

    def transmit(self, sender: Sender, packet: Packet, station: "Station") -> None:
        """Let a packet from or to `station` wait for the channel."""
        length = len(packet.payload) + MAC_BYTES + SECURITY_BYTES + IP_BYTES
        done = partial(self._sent, packet, station)
        if not sender.put(Frame(exchange_us(length, self._rate_mbps), done)):
            self.tracker.settle(packet, Fate.QUEUE_FULL)

    def _sent(self, packet: Packet, station: "Station", outcome: Outcome | None, us: int) -> None:
        packet.airtime_us = us
        if outcome is None:
            self.tracker.settle(packet, Fate.LINK_DOWN)
        elif outcome is not Outcome.ACKNOWLEDGED:
            self.tracker.settle(packet, _FATES[outcome])
        else:
            station.awake_until_us = now_us(self.env) + AWAKE_US
            (self.out if packet.direction is Direction.UP else station.out)(packet)


class Station:
    """A device's end: uplinks enter by `put`, downlinks come `out`. It is off until `switch_on`.

    What is sent while it is not associated is lost. `association_us` is how long it took to join
    the last time, from the beginning of its search.
    """

    out: Out

    def __init__(
        self, access_point: AccessPoint, random: random.Random, listens_every: int
    ) -> None:
        self.is_associated = False
        self.awake_until_us = 0
        self.association_us = 0
        self._access_point = access_point
        self._random = random
        self._period_us = listens_every * BEACON_US
        self._sender = Sender(access_point.channel, QUEUE_FRAMES)
        self._search = 0
        self._since_us = 0

    def put(self, packet: Packet) -> None:
        """Send an uplink."""
        if self.is_associated:
            self._access_point.transmit(self._sender, packet, self)
        else:
            self._access_point.tracker.settle(packet, Fate.LINK_DOWN)

    def asleep_us(self) -> int:
        """Return how long it is until the station hears something; 0 when it does now."""
        now = now_us(self._access_point.env)
        if not self._period_us or now < self.awake_until_us:
            return 0
        return -now % self._period_us

    def switch_on(self) -> None:
        """Look for the access point and join it."""
        self.leave(0)

    def switch_off(self) -> None:
        """Lose what waits, and be no station any more: the power has failed."""
        self.is_associated = False
        self._search += 1
        self._sender.lose()

    def leave(self, search_in_us: int) -> None:
        """Lose the access point, and begin to look for it in `search_in_us`."""
        self.switch_off()
        env = self._access_point.env
        self._since_us = now_us(env) + search_in_us
        # Its channel is as likely to come first as last.
        found_us = search_in_us + round(self._random.random() * SCAN_US)
        at(env, found_us, self._join, self._search, 0)

    def _join(self, search: int, step: int) -> None:
        if search != self._search:
            return
        access_point = self._access_point
        if not access_point.is_on:
            # It is found in the round that is under way when it returns, or in the next.
            at(access_point.env, SCAN_US, self._join, search, 0)
            return
        if step == len(FRAMES):
            self.is_associated = True
            self.association_us = now_us(access_point.env) - self._since_us
            return
        is_up, length = FRAMES[step]
        sender = self._sender if is_up else access_point.sender
        done = partial(self._exchanged, search, step)
        if not sender.put(Frame(exchange_us(length, RATE_MBPS), done)):
            done(None, 0)

    def _exchanged(self, search: int, step: int, outcome: Outcome | None, _: int) -> None:
        if outcome is Outcome.ACKNOWLEDGED:
            self._join(search, step + 1)
        elif search == self._search:
            at(self._access_point.env, SCAN_US, self._join, search, 0)
