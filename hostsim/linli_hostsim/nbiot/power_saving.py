"""When the network can reach a device: connected, listening for paging, or deaf in PSM.

3GPP TS 23.682, 4.5.4 and 4.5.13; timers of TS 24.008 (clauses recalled).
"""

from dataclasses import dataclass

from ..clockwork import US_PER_S
from .coverage import CoverageClass

INACTIVITY_S = 10.0
"""From the last packet to the end of a connection: LoRaWAN-NBIoTEnergyModels, config.py."""
DRX_S = 2.56
"""Between occasions for paging; TS 36.304 has 1.28 to 10.24 s (recalled), the choice is ours."""


@dataclass(frozen=True, slots=True)
class PowerSaving:
    """How a device sleeps between connections.

    It listens for paging every `cycle_s`, for `active_s` (T3324) after a connection; None: always.
    After that it is deaf, but calls after `update_s` (T3412) without a packet.
    """

    inactivity_s: float = INACTIVITY_S
    cycle_s: float = DRX_S
    active_s: float | None = None
    update_s: float = 86_400.0

    @property
    def is_deaf(self) -> bool:
        """Whether there are times when nothing reaches the device."""
        return self.active_s is not None

    def next_paging_us(self, now: int, released_us: int, phase_us: int) -> int | None:
        """Return when the device next listens after its connection ended at `released_us`.

        None when it is deaf by then. `phase_us` is the device's own, within a cycle.
        """
        cycle_us = round(self.cycle_s * US_PER_S)
        due_us = now + (phase_us - now) % cycle_us
        if self.active_s is not None and due_us > released_us + round(self.active_s * US_PER_S):
            return None
        return due_us

    def listening_s(
        self, asleep_s: float, connections: int, coverage_class: CoverageClass
    ) -> float:
        """Return how long a device listened for paging in `asleep_s` between `connections`."""
        listens_s = asleep_s
        if self.active_s is not None:
            listens_s = min(asleep_s, connections * self.active_s)
        occasion_s = coverage_class.npdcch_repetitions / 1000
        return min(listens_s, listens_s / self.cycle_s * occasion_s)
