"""Battery voltage behind a divider."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Adc, OnNumber

# An odd number of samples; the middle third is averaged. The lower and upper thirds go, so neither
# a transmission's dip nor a spike counts. Source of both: our defaults.
SAMPLES = 9
PERIOD_MS = 3_600_000


class Battery:
    """Reports `on_battery(mv, now)` at the start and every `period_ms`.

    `ratio` is (battery, pin): a divider of 300 kilohms over 100 has (4, 1).
    """

    def __init__(
        self,
        adc: "Adc",
        on_battery: "OnNumber",
        ratio: "tuple[int, int]",
        period_ms: int = PERIOD_MS,
    ) -> None:
        self._adc = adc
        self._on_battery = on_battery
        self._ratio = ratio
        self._period_ms = period_ms
        self._due = 0

    def poll(self, now: int) -> None:
        """Measure, if it is time."""
        if now < self._due:
            return
        self._due = now + self._period_ms
        middle = sorted([self._adc.read_mv() for _ in range(SAMPLES)])[SAMPLES // 3 : -SAMPLES // 3]
        battery, pin = self._ratio
        self._on_battery(sum(middle) * battery // (pin * len(middle)), now)

    def next_deadline(self) -> int:
        """Return when the next measurement is due."""
        return self._due
