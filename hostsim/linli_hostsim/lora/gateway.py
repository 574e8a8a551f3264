"""A LoRa gateway: what it hears at once, and when it is deaf."""

from simpy import Environment

from ..clockwork import now_us
from ..packet import Fate, Out
from .interference import NONE, Interference
from .reception import Reception, Receptions
from .sensitivity import GATEWAY_DBM

DEMODULATORS = 8
"""Frames an SX1301 demodulates at once (Semtech SX1301 datasheet)."""


class Gateway:
    """Receives on all channels and spreading factors at once, with a limited set of demodulators.

    What frames on one channel do to each other is `interference`'s to say. A frame that can be
    demodulated holds a demodulator to its end, even when another spoils it. While the gateway
    transmits it is deaf on all channels (half duplex), and what it was receiving is lost. Received
    frames go to `out`.
    """

    out: Out

    def __init__(
        self,
        env: Environment,
        power_dbm: float,
        duty_cycle: float,
        demodulators: int = DEMODULATORS,
        interference: Interference = NONE,
    ) -> None:
        self.power_dbm = power_dbm
        self._env = env
        self._free_demodulators = demodulators
        self._duty_cycle = duty_cycle
        self._transmitting_until_us = 0
        self._silent_until_us = 0
        self._receptions = Receptions(interference)

    def begin(self, channel: int, spreading_factor: int, rssi_dbm: float, end_us: int) -> Reception:
        """Start to hear a frame that ends at `end_us`."""
        now = now_us(self._env)
        reception = Reception(channel, spreading_factor, rssi_dbm, now, end_us)
        if now < self._transmitting_until_us:
            reception.fate = Fate.GATEWAY_TRANSMITTING
        elif rssi_dbm < GATEWAY_DBM[spreading_factor]:
            reception.fate = Fate.BELOW_SENSITIVITY
        elif not self._free_demodulators:
            reception.fate = Fate.NO_DEMODULATOR
        else:
            self._free_demodulators -= 1
            reception.locked = True
        self._receptions.add(reception)
        return reception

    def end(self, reception: Reception) -> Fate | None:
        """Stop hearing a frame; return why it was lost, None when it was received."""
        self._receptions.remove(reception)
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
        self._receptions.spoil_all(Fate.GATEWAY_TRANSMITTING)
