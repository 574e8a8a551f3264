"""The electric strike or lock of a door, behind a relay or a transistor."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import OutputPin


class Strike:
    """Takes the app's "strike": 1 released, 0 locked. It is locked from the start.

    A strike is fail-secure, energised to release: a power cut unlocks nothing. With `fail_safe` it
    is energised to lock, for doors on escape routes that must open without power; there, and only
    there, does losing power or the board release the door.

    `energised_max_ms` protects a coil that is not made for continuous duty: after that time it is
    switched off, so the door locks in spite of the app until the next release. Never on doors with
    an emergency release, and refused with `fail_safe` (ValueError). `counts`: "cut_off".
    """

    def __init__(
        self, pin: "OutputPin", fail_safe: bool = False, energised_max_ms: "int | None" = None
    ) -> None:
        if fail_safe and energised_max_ms is not None:
            raise ValueError("energised_max_ms: would release a fail-safe lock")
        self.counts = {"cut_off": 0}
        self._pin = pin
        self._fail_safe = fail_safe
        self._energised_max_ms = energised_max_ms
        self._released = False
        self._cut_off_at: "int | None" = None
        pin.value(int(fail_safe))

    def set(self, value: int, now: int) -> None:
        """Release (1) or lock (0)."""
        released = bool(value)
        if released == self._released:
            return
        self._released = released
        self._pin.value(int(released != self._fail_safe))
        self._cut_off_at = None
        if released and self._energised_max_ms is not None:
            self._cut_off_at = now + self._energised_max_ms

    def poll(self, now: int) -> None:
        """Switch off a coil that has had its time."""
        if self._cut_off_at is not None and now >= self._cut_off_at:
            self.counts["cut_off"] += 1
            self.set(0, now)

    def next_deadline(self) -> "int | None":
        """Return when the coil's time is over."""
        return self._cut_off_at
