"""The electric strike or lock of a door, behind a relay or a transistor, and the way out."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import OnLevel, OutputPin

# Shorter levels of the exit button are bounce.
STEADY_MS = 50
# The app has released the strike by then, having written why. It debounces for 400 ms at most.
PATIENCE_MS = 500
# Source: our default, as in apps/doorway.py.
RELEASE_MS = 5_000


class Strike:
    """Takes the app's "strike": 1 released, 0 locked. It is locked from the start.

    A strike is fail-secure, energised to release: a power cut unlocks nothing. With `fail_safe` it
    is energised to lock, for doors on escape routes that must open without power; there, and only
    there, does losing power or the board release the door.

    `energised_max_ms` protects a coil that is not made for continuous duty: after that time it is
    switched off, so the door locks in spite of the app until the next release. Never on doors with
    an emergency release, and refused with `fail_safe` (ValueError).

    The levels of an exit button come through here: `on_exit(pressed, now)` is the app's. A press
    after which the app has not released the strike, for whatever reason, releases it all the same:
    neither a broken flash nor a fault of the app's locks anybody in. No event tells of that.
    """

    def __init__(
        self,
        pin: "OutputPin",
        fail_safe: bool = False,
        energised_max_ms: "int | None" = None,
        on_exit: "OnLevel | None" = None,
    ) -> None:
        if fail_safe and energised_max_ms is not None:
            raise ValueError("energised_max_ms: would release a fail-safe lock")
        self._pin = pin
        self._fail_safe = fail_safe
        self._energised_max_ms = energised_max_ms
        self._on_exit = on_exit
        self._released = False
        self._cut_off_at: "int | None" = None
        # When the app's time to answer a press is over; until when none but it releases the strike.
        self._exit_at: "int | None" = None
        self._exit_until = 0
        pin.value(int(fail_safe))

    def take_exit(self, pressed: bool, now: int) -> None:
        """Take the level of the exit button."""
        if self._exit_at is None:
            if pressed:
                self._exit_at = now + PATIENCE_MS
        elif not pressed and self._exit_at - now > PATIENCE_MS - STEADY_MS:
            self._exit_at = None
        assert self._on_exit is not None, "given with the button"
        self._on_exit(pressed, now)

    def set(self, value: int, now: int) -> None:
        """Release (1), or lock (0) unless the exit button alone has released it."""
        released = bool(value)
        if self._exit_until:
            if not released and now < self._exit_until:
                return
            self._exit_until = 0
        elif released == self._released:
            return
        self._released = released
        self._pin.value(int(released != self._fail_safe))
        self._cut_off_at = None
        if released and self._energised_max_ms is not None:
            self._cut_off_at = now + self._energised_max_ms

    def poll(self, now: int) -> None:
        """Release for whom the app has let wait; switch off a coil that has had its time."""
        if self._exit_at is not None and now >= self._exit_at:
            self._exit_at = None
            if not self._released:
                self.set(1, now)
                self._exit_until = self._cut_off_at = self._cut_off_at or now + RELEASE_MS
        if self._cut_off_at is not None and now >= self._cut_off_at:
            self.set(0, now)

    def next_deadline(self) -> "int | None":
        """Return when to be polled next."""
        return self._exit_at or self._cut_off_at
