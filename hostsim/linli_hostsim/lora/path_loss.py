"""How much weaker a signal arrives: log-distance path loss with log-normal shadowing."""

import math
import random
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Figures = TypeVar("_Figures", float, NDArray[np.float64])


@dataclass(frozen=True, slots=True)
class LogDistance:
    """Mean loss in dB: `reference_db` at `reference_m`, then 10 `exponent` dB for each decade.

    Links scatter around it with the standard deviation `shadowing_db`; 0 switches that off. The
    defaults are BOR2016.
    """

    exponent: float = 2.08
    reference_m: float = 40.0
    reference_db: float = 127.41
    shadowing_db: float = 3.57

    def loss_db(self, distance_m: float, random: random.Random) -> float:
        """Return the loss of one link, whose shadowing is drawn once and stays.

        Nearer than 1 m counts as 1 m, where the antennas' near field ends the model.
        """
        # Not by mean_db: numpy takes ten times as long for one figure.
        decades = math.log10(max(distance_m, 1.0) / self.reference_m)
        return self._at(decades) + random.gauss(0.0, self.shadowing_db)

    def mean_db(self, distance_m: ArrayLike) -> NDArray[np.float64]:
        """Return the losses without shadowing of many distances."""
        return self._at(np.log10(np.maximum(distance_m, 1.0) / self.reference_m))

    def _at(self, decades: _Figures) -> _Figures:
        return self.reference_db + 10 * self.exponent * decades


# Measured in a built-up area by Bor, Roedig, Voigt and Alonso, "Do LoRa low-power wide-area
# networks scale?", MSWiM 2016; shadowing from FLoRa's LoRaLogNormalShadowing.
BOR2016 = LogDistance()

# ns-3 lorawan's examples, without buildings and shadowing.
NS3 = LogDistance(3.76, 1.0, 7.7, 0.0)

# Measured in Oulu with an antenna on a tower of 24 m by Petäjäjärvi, Mikhaylov, Roivainen, Hänninen
# and Pettissalo, "On the coverage of LPWANs", ITST 2015 (recalled); the figures are those of
# LoRaEnergySim and of FLoRa's LoRaPathLossOulu.
OULU = LogDistance(2.32, 1000.0, 128.95, 7.8)

BY_NAME = {"bor2016": BOR2016, "ns3": NS3, "oulu": OULU}
"""By the name that a scenario gives it."""
