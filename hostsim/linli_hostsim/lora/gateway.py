"""A LoRa gateway: what it hears at once, and when it is deaf."""

from collections.abc import Mapping
from typing import Protocol

from simpy import Environment

from ..clockwork import now_us
from ..packet import Fate, Out
from .airtime import SPREADING_FACTORS
from .interference import NONE, Interference
from .off_time import OffTimes
from .reception import Reception, Receptions
from .region import Region
from .sensitivity import GATEWAY_DBM

DEMODULATORS = 8
"""Frames an SX1301 demodulates at once (Semtech SX1301 datasheet)."""


class Others(Protocol):
    """Devices at a gateway that are simulated elsewhere, for which it receives and sends as well.

    They are told of its frames, and do to a reception that ends what theirs did to it.
    """

    def is_transmitting(self, time_us: int) -> bool:
        """Tell whether the gateway sends to them."""
        ...

    def held(self, time_us: int) -> int:
        """Return how many demodulators their frames hold."""
        ...

    def hear(self, reception: Reception) -> None:
        """Take note of a frame that begins."""
        ...

    def send(self, begin_us: int, end_us: int) -> None:
        """Take note of a transmission."""
        ...

    def spoil(self, reception: Reception) -> None:
        """Settle what theirs did to a frame that could be received so far."""
        ...


class Gateway:
    """Receives on all channels and spreading factors at once, with a limited set of demodulators.

    What frames on one channel do to each other is `interference`'s to say. A frame that can be
    demodulated holds a demodulator to its end, even when another spoils it. While the gateway
    transmits it is deaf on all channels (half duplex), and what it was receiving is lost; after
    that it keeps the off time of the frame's sub-band. Received frames go to `out`; those that end
    while it is not `is_connected` to the network behind it are LINK_DOWN, and it sends none. It may
    serve `others` besides.
    """

    out: Out

    def __init__(
        self,
        env: Environment,
        region: Region,
        demodulators: int = DEMODULATORS,
        interference: Interference = NONE,
        sensitivity_dbm: Mapping[int, float] = GATEWAY_DBM,
    ) -> None:
        self._env = env
        self._free_demodulators = demodulators
        self._sensitivity_dbm = sensitivity_dbm
        self.is_connected = True
        self.others: Others | None = None
        self._noise_rise_db: Mapping[int, float] = {}
        self._transmitting_until_us = 0
        self._off_times = OffTimes(region)
        self._receptions = Receptions(interference)

    def begin(self, channel: int, spreading_factor: int, rssi_dbm: float, end_us: int) -> Reception:
        """Start to hear a frame that ends at `end_us`."""
        now = now_us(self._env)
        reception = Reception(channel, spreading_factor, rssi_dbm, now, end_us)
        others = self.others
        if now < self._transmitting_until_us or (others and others.is_transmitting(now)):
            reception.fate = Fate.GATEWAY_TRANSMITTING
        elif rssi_dbm < self._sensitivity_dbm[spreading_factor]:
            reception.fate = Fate.BELOW_SENSITIVITY
        elif self._noise_rise_db and self._is_jammed(reception):
            reception.fate = Fate.JAMMED
        elif self._free_demodulators <= (others.held(now) if others else 0):
            reception.fate = Fate.NO_DEMODULATOR
        else:
            self._free_demodulators -= 1
            reception.locked = True
        self._receptions.add(reception)
        if others:
            others.hear(reception)
        return reception

    def end(self, reception: Reception) -> Fate | None:
        """Stop hearing a frame; return why it was lost, None when it was received."""
        if self.others and reception.fate is None:
            self.others.spoil(reception)
        self._receptions.remove(reception)
        self._free_demodulators += reception.locked
        if reception.fate is None and not self.is_connected:
            return Fate.LINK_DOWN
        return reception.fate

    def suffer(self, noise_rise_db: Mapping[int, float]) -> None:
        """Hear so much more noise from now on, by channel, than the receiver's own.

        What is being received and is too weak for that is JAMMED.
        """
        self._noise_rise_db = noise_rise_db
        self._receptions.spoil(self._is_jammed, Fate.JAMMED)

    def _is_jammed(self, reception: Reception) -> bool:
        floor_dbm = self._sensitivity_dbm[reception.row + SPREADING_FACTORS[0]]
        return reception.rssi_dbm < floor_dbm + self._noise_rise_db.get(reception.channel, 0.0)

    def free_us(self, channel: int) -> int:
        """Return when a transmission and the off time let go of a channel; maybe in the past."""
        return max(self._transmitting_until_us, self._off_times.until_us(channel))

    def may_transmit(self, channel: int) -> bool:
        """Tell whether a frame may start now on `channel`."""
        now = now_us(self._env)
        if self.others and self.others.is_transmitting(now):
            return False
        return self.is_connected and now >= self.free_us(channel)

    def transmit(self, airtime_us: int, channel: int) -> None:
        """Start a downlink frame, which ends all receptions under way."""
        now = now_us(self._env)
        self._transmitting_until_us = now + airtime_us
        self._off_times.begin(channel, airtime_us, now)
        if self.others:
            self.others.send(now, now + airtime_us)
        self._receptions.spoil(lambda _: True, Fate.GATEWAY_TRANSMITTING)
