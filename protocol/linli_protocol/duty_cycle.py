"""An airtime budget that no hour exceeds, whatever the traffic.

A token bucket of `burst_ms` that refills by the rest of the hour's allowance: in any hour at most
the full bucket plus one hour's refill is spent, which is the allowance. ETSI EN 300 220-1 (5.4)
states duty cycle over one hour of observation [recalled].
"""

HOUR_MS = 3_600_000


class DutyCycle:
    """At most `permille` of any hour on the air, at most `burst_ms` of it in one go.

    ValueError when the burst is not shorter than the hour's allowance.
    """

    def __init__(self, permille: int, burst_ms: int) -> None:
        self._refill_per_hour = permille * HOUR_MS // 1000 - burst_ms
        if self._refill_per_hour <= 0:
            raise ValueError("burst_ms: not below the hour's allowance")
        self.burst_ms = burst_ms
        # In units of ms / HOUR_MS, so that refills are exact integers.
        self._level = burst_ms * HOUR_MS
        self._at: "int | None" = None

    def _settle(self, now: int) -> None:
        if self._at is not None:
            gained = (now - self._at) * self._refill_per_hour
            self._level = min(self._level + gained, self.burst_ms * HOUR_MS)
        self._at = now

    def wait(self, airtime_ms: int, now: int) -> "int | None":
        """Return the ms to wait before `airtime_ms` may be spent; None when it never may."""
        if airtime_ms > self.burst_ms:
            return None
        self._settle(now)
        lacking = airtime_ms * HOUR_MS - self._level
        return -(-lacking // self._refill_per_hour) if lacking > 0 else 0

    def spend(self, airtime_ms: int, now: int) -> None:
        """Take `airtime_ms` off the budget; `wait` must have returned 0."""
        self._settle(now)
        self._level -= airtime_ms * HOUR_MS
