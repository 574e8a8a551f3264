"""A gateway that listens to advertisements, connects to whom it hears, and stays connected."""

import random
from collections import deque

from simpy import Environment

from ..clockwork import US_PER_MS, at, now_us
from ..packet import Packet
from .advertising import CHANNELS, DELAY_MS, SPACING_US
from .link import Link
from .packets import ADVERTISEMENT_US, CONNECT_US, IFS_US

TRANSMIT_WINDOW_DELAY_US = 1_250
"""From CONNECT_IND to the earliest connection event (vol. 6 part B, 4.5.3; recalled)."""
SET_UP_EVENTS = 12
"""Exchanges until our service is ready: features, length and MTU, service, characteristics and
descriptor, two writes; our own count."""

EXCHANGE_US = ADVERTISEMENT_US + IFS_US + CONNECT_US
"""From the start of an advertisement to the end of the request to connect that answers it."""


class Gateway:
    """Scans for `window_us` in each `interval_us`, on one channel after another.

    Whom it hears it asks to connect at once; this and the advertisement before it are lost when
    another device's advertisement overlaps them, or by noise. It finds nobody else until the
    connection has had its first event. Devices that another gateway serves do not disturb.
    """

    def __init__(self, env: Environment, window_us: int, interval_us: int) -> None:
        self.env = env
        self.is_on = True
        self._window_us = window_us
        self._interval_us = interval_us
        self._busy_until_us = 0
        self._peripherals: list[Peripheral] = []
        # Starts of the latest events, of whichever device.
        self._starts: deque[int] = deque()

    def add(self, peripheral: "Peripheral") -> None:
        """Serve one more device."""
        self._peripherals.append(peripheral)

    def restart(self, off_us: int) -> None:
        """Be off for `off_us`: all connections are lost."""
        self.is_on = False
        for peripheral in self._peripherals:
            peripheral.lose()
        at(self.env, off_us, self._return)

    def _return(self) -> None:
        self.is_on = True
        for peripheral in self._peripherals:
            peripheral.resume()

    def begin(self, start_us: int) -> None:
        """Note that a device begins an advertising event now."""
        starts = self._starts
        starts.append(start_us)
        while starts[0] < start_us - 2 * EXCHANGE_US:
            starts.popleft()

    def connects(self, start_us: int) -> bool:
        """Tell whether the event of `start_us` was heard and answered, once it is over."""
        near = sum(-ADVERTISEMENT_US < one - start_us < EXCHANGE_US for one in self._starts)
        return near == 1 and start_us >= self._busy_until_us and self.is_on and self.hears(start_us)

    def hears(self, start_us: int) -> bool:
        """Tell whether it listens where and when one of the event's packets is sent."""
        for channel in range(CHANNELS):
            turn, begun_us = divmod(start_us + channel * SPACING_US, self._interval_us)
            if turn % CHANNELS == channel and begun_us + ADVERTISEMENT_US <= self._window_us:
                return True
        return False

    def occupy(self, until_us: int) -> None:
        """Be busy with a new connection until then."""
        self._busy_until_us = until_us


class Peripheral:
    """A device: advertises whenever it is on and not connected; uplinks enter by `put`.

    `set_up_us` is how long it took to connect the last time. A connection that it has lost it knows
    to be lost when supervision ends.
    """

    def __init__(
        self, gateway: Gateway, link: Link, random: random.Random, advertise_ms: int
    ) -> None:
        self.link = link
        link.lost = self.switch_on
        self.set_up_us = 0
        self._gateway = gateway
        self._random = random
        self._advertise_us = advertise_ms * US_PER_MS
        self._search = 0
        self._since_us = 0
        self._is_waiting = False
        self._events = 0

    def radio_us(self) -> int:
        """Return how long the device has sent and listened, advertising included."""
        return self._events * CHANNELS * SPACING_US + self.link.radio_us()

    def put(self, packet: Packet) -> None:
        """Send an uplink."""
        self.link.put(packet)

    def switch_on(self) -> None:
        """Begin to advertise, at no time in particular."""
        self.switch_off()
        phase_us = round(self._random.random() * self._advertise_us)
        at(self._gateway.env, phase_us, self._begin_search, self._search)

    def switch_off(self) -> None:
        """Lose the connection: the power has failed."""
        self._search += 1
        self._is_waiting = False
        self.link.disconnect()

    def lose(self) -> None:
        """Lose the connection without knowing so yet."""
        if self.link.is_connected:
            self.switch_off()
            delay_us = self.link.rules.supervision_us
            at(self._gateway.env, delay_us, self._begin_search, self._search)

    def resume(self) -> None:
        """Advertise to the gateway, which is on again."""
        if self._is_waiting:
            self.switch_on()

    def _begin_search(self, search: int) -> None:
        if search == self._search:
            self._since_us = now_us(self._gateway.env)
            self._advertise(search)

    def _advertise(self, search: int) -> None:
        if search != self._search:
            return
        # Nobody hears what it sends meanwhile: it costs energy that is not counted, and no events.
        if not self._gateway.is_on:
            self._is_waiting = True
            return
        now = now_us(self._gateway.env)
        self._gateway.begin(now)
        self._events += 1
        at(self._gateway.env, EXCHANGE_US, self._end_event, search, now)

    def _end_event(self, search: int, start_us: int) -> None:
        if search != self._search:
            return
        gateway = self._gateway
        intact = (1 - self.link.rules.loss) ** 2
        if gateway.connects(start_us) and self._random.random() < intact:
            now = now_us(gateway.env)
            interval_us = self.link.rules.interval_us
            offset_us = round(self._random.random() * interval_us)
            anchor_us = now + TRANSMIT_WINDOW_DELAY_US + offset_us
            gateway.occupy(anchor_us)
            set_up_us = anchor_us - now + SET_UP_EVENTS * interval_us
            at(gateway.env, set_up_us, self._connect, search, now + set_up_us)
            return
        delay_us = round(self._random.random() * DELAY_MS * US_PER_MS)
        at(gateway.env, self._advertise_us + delay_us - EXCHANGE_US, self._advertise, search)

    def _connect(self, search: int, anchor_us: int) -> None:
        if search != self._search:
            return
        if not self._gateway.is_on:
            self._begin_search(search)
            return
        self.set_up_us = anchor_us - self._since_us
        self.link.connect(anchor_us)
