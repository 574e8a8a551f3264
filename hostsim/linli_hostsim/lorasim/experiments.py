"""What each of LoRaSim's experiments sets its nodes to."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..lora.airtime import airtime_us

PAYLOAD_BYTES = 20
POWER_DBM = 14
PERIOD_S = 1000.0
"""Mean of the pause from the end of a node's frame to the next."""

BANDWIDTHS_KHZ = (125, 250, 500)

SENSITIVITY_DBM = {
    7: (-126.5, -124.25, -120.75),
    8: (-127.25, -126.75, -124.0),
    9: (-131.25, -128.25, -127.5),
    10: (-132.75, -130.25, -128.75),
    11: (-134.5, -132.75, -128.75),
    12: (-133.25, -132.25, -132.25),
}
"""By spreading factor, in the order of BANDWIDTHS_KHZ; measured with an SX1272."""

SF6_SENSITIVITY_DBM = -112.0
"""At 500 kHz; "no experiments, so value from datasheet"."""

FREQUENCIES = 3
"""Of experiment 1: 860, 864 and 868 MHz."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a node sends; `coding_rate` 1 to 4 stands for 4/5 to 4/8."""

    spreading_factor: int
    bandwidth_khz: int
    coding_rate: int

    @property
    def airtime_us(self) -> int:
        """The airtime of a frame: SF6 without header, slow symbols optimised at 125 kHz only."""
        return airtime_us(
            PAYLOAD_BYTES,
            self.spreading_factor,
            self.bandwidth_khz * 1000,
            self.coding_rate,
            implicit_header=self.spreading_factor == 6,
            low_rate=self.bandwidth_khz == 125 and self.spreading_factor >= 11,
        )

    @property
    def symbol_us(self) -> int:
        """The duration of a symbol."""
        return (1000 << self.spreading_factor) // self.bandwidth_khz

    @property
    def sensitivity_dbm(self) -> float:
        """The weakest signal decoded."""
        if self.spreading_factor == 6:
            return SF6_SENSITIVITY_DBM
        return SENSITIVITY_DBM[self.spreading_factor][BANDWIDTHS_KHZ.index(self.bandwidth_khz)]


@dataclass(frozen=True, slots=True)
class Experiment:
    """A choice of `settings`: of several each node takes the fastest that reaches the gateway.

    `frequencies`: each node draws one once. With `saves_power` a node sends as weakly as it may.
    """

    settings: Sequence[Setting]
    frequencies: int = 1
    saves_power: bool = False


_SLOWEST = (Setting(12, 125, 4),)
_FASTEST = (Setting(6, 500, 1),)
_LORAWAN = (Setting(12, 125, 1),)
# In loraDir.py's order: the first of equally fast ones is taken.
_ANY = tuple(Setting(factor, khz, 1) for factor in SENSITIVITY_DBM for khz in BANDWIDTHS_KHZ)

EXPERIMENTS = {
    0: Experiment(_SLOWEST),
    1: Experiment(_SLOWEST, FREQUENCIES),
    2: Experiment(_FASTEST),
    3: Experiment(_ANY),
    4: Experiment(_LORAWAN),
    5: Experiment(_ANY, saves_power=True),
}
"""By LoRaSim's number: SN1 to SN5 of the paper are 0, 2, 4, 3, 5 (recalled)."""
