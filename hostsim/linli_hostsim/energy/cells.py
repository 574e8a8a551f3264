"""Primary cells: what they hold, what they lose by themselves, how much of it a device can use."""

from dataclasses import dataclass

USABLE_SHARE = 0.85
"""Of the rated capacity, the part a device uses before its radio browns out; our own figure.

The rest covers the rating's mild discharge, cold, the dips of a passivated or nearly empty cell
under a radio's pulse, and the converter's losses.
"""

_DOUBLES_PER_K = 10.0
_RATED_C = 20.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell or a pack: rated capacity, voltage, and the share of capacity it loses in a year.

    `self_discharge` holds at 20 °C.
    """

    name: str
    capacity_mah: int
    volts: float
    self_discharge: float
    source: str

    @property
    def usable_c(self) -> float:
        """The charge in coulombs that a device can take from a new cell."""
        return self.capacity_mah * 3.6 * USABLE_SHARE

    def lost_c_per_year(self, celsius: float) -> float:
        """Return what self-discharge takes in a year; it doubles with every 10 K (recalled)."""
        warmth = 2 ** ((celsius - _RATED_C) / _DOUBLES_PER_K)
        return self.capacity_mah * 3.6 * self.self_discharge * warmth


CELLS = {
    cell.name: cell
    for cell in (
        # Self-discharge of the chemistry: EEMB ER10450 specification, 2015 (1 % a year), and
        # Maxell ER series (at most 1 %).
        Cell("ER14505", 2_400, 3.6, 0.01, "recalled: EEMB ER14505 specification"),
        Cell("ER26500", 8_500, 3.6, 0.01, "recalled: EEMB ER26500 specification"),
        Cell("CR123A", 1_400, 3.0, 0.01, "a dealer's data sheet: 1 400 mAh, below 1 % a year"),
        Cell("2 x LR6", 2_500, 3.0, 0.03, "recalled: alkaline, 85 % left after five years"),
        Cell("2 x FR6", 3_000, 3.0, 0.01, "recalled: Energizer L91 data sheet"),
    )
}
"""By name: what the budget knows."""
