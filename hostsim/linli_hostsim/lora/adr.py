"""Adaptive data rate: the network speeds a device up, an unheard device slows itself down."""

import math
from collections import deque

from .airtime import SPREADING_FACTORS

NOISE_DBM = -174 + 10 * math.log10(125_000) + 6
"""Noise in 125 kHz of a receiver with a noise figure of 6 dB (ns-3 lorawan, AdrComponent)."""

REQUIRED_SNR_DB = {7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}
"""What LoRa decodes (SX1276 datasheet; so in ns-3 lorawan, FLoRa and ChirpStack)."""

HISTORY = 20
"""Uplinks of which the best counts (Semtech's algorithm)."""

STEP_DB = 3.0
"""Worth of one step of Semtech's algorithm, whether it changes the data rate or the power."""

POWER_STEP_DB = 2.0
"""From one TXPower of LinkADRReq to the next (LoRaMac-node, RegionCommonComputeTxPower)."""

POWER_STEPS = 7
"""The last TXPower of EU868 and CN470 (LoRaMac-node, EU868_MIN_TX_POWER)."""

ACK_LIMIT = 64
"""Uplinks without a downlink after which a device asks for one (LoRaMac-node, RegionCommon.h)."""

ACK_DELAY = 32
"""Uplinks from there to each step of giving in (LoRaMac-node, RegionCommon.h)."""

REQUEST_BYTES = 5
"""LinkADRReq in a downlink's header (LoRaWAN 1.0.4, recalled; so in ns-3 lorawan)."""

ANSWER_BYTES = 2
"""LinkADRAns in the header of the uplink after it."""


Command = tuple[int, float]
"""A spreading factor and a power in dBm, as LinkADRReq gives them."""


def advised(
    snr_db: float, spreading_factor: int, power_dbm: float, max_power_dbm: float, margin_db: float
) -> Command:
    """Return the spreading factor and power that Semtech's algorithm gives to a device.

    `snr_db` is the best of the last uplinks. As in Sensors 21(3):695 (2021), algorithm 1, but with
    powers that LinkADRReq can name. It never slows a device down: that is the device's own part.
    """
    steps = int((snr_db - REQUIRED_SNR_DB[spreading_factor] - margin_db) / STEP_DB)
    faster = max(0, min(steps, spreading_factor - SPREADING_FACTORS[0]))
    lowered = round((max_power_dbm - power_dbm) / POWER_STEP_DB) + steps - faster
    power_steps = max(0, min(lowered, POWER_STEPS))
    return spreading_factor - faster, max_power_dbm - POWER_STEP_DB * power_steps


class NetworkAdr:
    """What the network knows of one device and has to tell it: a `command`, or that it is heard."""

    def __init__(self, max_power_dbm: float, margin_db: float) -> None:
        self.command: Command | None = None
        self.is_asked = False
        self._max_power_dbm = max_power_dbm
        self._margin_db = margin_db
        self._used: Command | None = None
        self._snrs_db: deque[float] = deque(maxlen=HISTORY)

    def heard(
        self, rssi_dbm: float, spreading_factor: int, power_dbm: float, is_asked: bool
    ) -> None:
        """Take note of an uplink as the gateway with the strongest signal heard it.

        `is_asked`: it carries ADRACKReq.
        """
        self.is_asked = is_asked
        used = spreading_factor, power_dbm
        if used != self._used:
            self._used = used
            self._snrs_db.clear()
        self._snrs_db.append(rssi_dbm - NOISE_DBM)
        self.command = None
        if len(self._snrs_db) == HISTORY:
            best = advised(max(self._snrs_db), *used, self._max_power_dbm, self._margin_db)
            self.command = best if best != used else None

    def told(self) -> None:
        """Take note that a downlink has left, with the command if there was one.

        Whether it was obeyed shows in the next uplink.
        """
        self.command = None
        self.is_asked = False


class DeviceAdr:
    """A device's own part: without downlinks it asks for one, then gives power and speed back.

    As LoRaMac-node does: ADRACKReq from ADR_ACK_LIMIT uplinks on, full power ADR_ACK_DELAY after
    that, and a slower data rate after each further ADR_ACK_DELAY.
    """

    def __init__(self, slowest: int, max_power_dbm: float) -> None:
        self.asks = False
        self._slowest = slowest
        self._max_power_dbm = max_power_dbm
        self._unanswered = 0

    def next(self, spreading_factor: int, power_dbm: float) -> Command:
        """Return what the next uplink is sent with; `asks` tells whether it carries ADRACKReq."""
        over = self._unanswered - ACK_LIMIT
        self._unanswered += 1
        self.asks = over >= 0
        if over >= ACK_DELAY:
            power_dbm = self._max_power_dbm
        if over >= 2 * ACK_DELAY and over % ACK_DELAY == 0:
            spreading_factor = min(spreading_factor + 1, self._slowest)
        return spreading_factor, power_dbm

    def answered(self) -> None:
        """Take note of a downlink."""
        self._unanswered = 0
