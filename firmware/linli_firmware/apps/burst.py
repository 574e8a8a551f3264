"""Burst detection: flow over a rate for half an hour without a pause.

Time is cut into slots of a sixth of the window, from the first pulse after a pause on. Each must
see its share of the rate. Nothing wakes the meter while no water flows.
"""

SLOTS = 6


class Burst:
    """Counts slots in a row at or above `rate_l_per_h`; each lasts `slot_ms`."""

    def __init__(self, rate_l_per_h: int, window_s: int) -> None:
        self.slot_ms = window_s * 1000 // SLOTS
        # l/h over s gives ml: a thousand over 3600.
        self._share_ml = rate_l_per_h * window_s * 1000 // 3600 // SLOTS
        self._slot_ml = 0
        self.over = 0

    def add(self, volume_ml: int) -> None:
        """Count a volume into the current slot."""
        self._slot_ml += volume_ml

    def end_slot(self) -> bool:
        """End the slot, setting `over`; return whether water flowed, so that a next one follows."""
        flowed = self._slot_ml > 0
        self.over = self.over + 1 if self._slot_ml >= self._share_ml else 0
        self._slot_ml = 0
        return flowed
