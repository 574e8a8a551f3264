"""A LoRa gateway: what it hears at once, what spoils what, and when it is deaf."""

from collections import defaultdict

from simpy import Environment

from ..clockwork import now_us
from ..packet import Fate, Out
from .sensitivity import GATEWAY_DBM

DEMODULATORS = 8
"""Frames an SX1301 demodulates at once (Semtech SX1301 datasheet)."""

CAPTURE_DB = 6.0
"""A frame survives a weaker one of its channel and spreading factor by this lead (Bor 2016)."""


class Reception:
    """One frame as it arrives at one gateway; `fate` stays None while it can still be received."""

    __slots__ = ("channel", "end_us", "fate", "locked", "rssi_dbm")

    def __init__(self, channel: tuple[int, int], rssi_dbm: float, end_us: int) -> None:
        self.channel = channel
        self.rssi_dbm = rssi_dbm
        self.end_us = end_us
        self.fate: Fate | None = None
        self.locked = False


class Gateway:
    """Receives on all channels and spreading factors at once, with a limited set of demodulators.

    Frames of one channel and spreading factor collide by the rule of Bor et al. 2016 (section 4):
    the weaker is lost, and the stronger too unless it leads by `capture_db`. Different spreading
    factors do not disturb each other. A frame that can be demodulated holds a demodulator to its
    end, even when another spoils it. While the gateway transmits it is deaf on all channels (half
    duplex), and what it was receiving is lost. Received frames go to `out`.
    """

    out: Out

    def __init__(
        self,
        env: Environment,
        power_dbm: float,
        duty_cycle: float,
        demodulators: int = DEMODULATORS,
        capture_db: float = CAPTURE_DB,
    ) -> None:
        self.power_dbm = power_dbm
        self._env = env
        self._capture_db = capture_db
        self._free_demodulators = demodulators
        self._duty_cycle = duty_cycle
        self._transmitting_until_us = 0
        self._silent_until_us = 0
        # Keyed by channel and spreading factor: a search meets only frames that can collide.
        self._ongoing: defaultdict[tuple[int, int], list[Reception]] = defaultdict(list)

    def begin(
        self, channel: int, spreading_factor: int, rssi_dbm: float, end_us: int, locked_us: int
    ) -> Reception:
        """Start to hear a frame that ends at `end_us`.

        A frame that was on the air before and ends by `locked_us` only covers preamble symbols
        which this one can spare, and does no harm.
        """
        reception = Reception((channel, spreading_factor), rssi_dbm, end_us)
        if now_us(self._env) < self._transmitting_until_us:
            reception.fate = Fate.GATEWAY_TRANSMITTING
        elif rssi_dbm < GATEWAY_DBM[spreading_factor]:
            reception.fate = Fate.BELOW_SENSITIVITY
        elif not self._free_demodulators:
            reception.fate = Fate.NO_DEMODULATOR
        else:
            self._free_demodulators -= 1
            reception.locked = True
        ongoing = self._ongoing[reception.channel]
        for other in ongoing:
            if other.end_us <= locked_us:
                continue
            lead_db = rssi_dbm - other.rssi_dbm
            if lead_db < self._capture_db and reception.fate is None:
                reception.fate = Fate.COLLIDED
            if lead_db > -self._capture_db and other.fate is None:
                other.fate = Fate.COLLIDED
        ongoing.append(reception)
        return reception

    def end(self, reception: Reception) -> Fate | None:
        """Stop hearing a frame; return why it was lost, None when it was received."""
        ongoing = self._ongoing[reception.channel]
        ongoing.remove(reception)
        if not ongoing:
            del self._ongoing[reception.channel]
        self._free_demodulators += reception.locked
        return reception.fate

    def may_transmit(self) -> bool:
        """Tell whether neither a transmission nor the duty cycle forbids to start one now."""
        return now_us(self._env) >= self._silent_until_us

    def transmit(self, airtime_us: int) -> None:
        """Start a downlink frame, which ends all receptions under way."""
        now = now_us(self._env)
        self._transmitting_until_us = now + airtime_us
        # Off time after a transmission, ToA (1 / duty cycle - 1): LoRaWAN 1.0, section 7.
        self._silent_until_us = now + round(airtime_us / self._duty_cycle)
        for ongoing in self._ongoing.values():
            for reception in ongoing:
                if reception.fate is None:
                    reception.fate = Fate.GATEWAY_TRANSMITTING
