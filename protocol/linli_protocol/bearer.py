"""What the link knows of one way to the peer: its limits, its state, when it may be used."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .duty_cycle import DutyCycle

# After this many unanswered transmissions in a row another bearer is preferred for a while.
FAILURES_TO_SUSPEND = 2
SUSPENSION_MS = 300_000

# A sleeping device hears one downlink after each of its uplinks (LoRaWAN class A).
CONTACT_PACKETS = 1


class Bearer:
    """One bearer of a link; the first in the link's list is the preferred one.

    `mtu`: greatest packet in bytes. `ack_timeout_ms`: wait for an acknowledgement before the first
    retransmission. `in_flight`: messages unacknowledged at a time. `airtime_ms(length)`, with
    `duty_permille` and `duty_burst_ms`, bounds time on the air; one burst in four is kept for
    urgent packets. `contact_ms`: when not 0, the peer sleeps and hears only for this long after it
    has sent.

    `heard_at` is when (ms) something authentic arrived last, 0 before that.
    """

    def __init__(
        self,
        name: str,
        mtu: int,
        ack_timeout_ms: int = 2_000,
        in_flight: int = 8,
        airtime_ms: "Callable[[int], int]" = lambda length: 0,
        duty_permille: int = 0,
        duty_burst_ms: int = 0,
        contact_ms: int = 0,
    ) -> None:
        self.name = name
        self.mtu = mtu
        self.ack_timeout_ms = ack_timeout_ms
        self.in_flight = in_flight
        self.up = True
        self.contact_ms = contact_ms
        self.heard_at = 0
        self._airtime_ms = airtime_ms
        self._duty: "DutyCycle | None" = None
        if duty_permille:
            # Here, so that boards without such a bearer need not hold the module.
            from .duty_cycle import DutyCycle

            if airtime_ms(mtu) > duty_burst_ms - duty_burst_ms // 4:
                raise ValueError(
                    name + ": a packet of full size is longer than the duty cycle's burst"
                )
            self._duty = DutyCycle(duty_permille, duty_burst_ms)
        self._contact_until = -1
        self._contact_left = 0
        self._failures = 0
        self._suspended_until: "int | None" = None

    def wait(self, length: int, urgent: bool, now: int) -> "int | None":
        """Return the ms until a packet of `length` may go; None while that is not known."""
        if not self.up:
            return None
        if self.contact_ms and (now > self._contact_until or not self._contact_left):
            return None
        if self._duty is None:
            return 0
        reserve = 0 if urgent else self._duty.burst_ms // 4
        return self._duty.wait(self._airtime_ms(length) + reserve, now)

    def sent(self, length: int, now: int) -> None:
        """Account for a packet of `length` handed to the bearer."""
        if self._duty is not None:
            self._duty.spend(self._airtime_ms(length), now)
        if self.contact_ms:
            self._contact_left -= 1

    def heard(self, now: int) -> None:
        """Note that an authentic packet arrived here: the way works."""
        self.heard_at = now
        self._failures = 0
        self._suspended_until = None
        if self.contact_ms:
            self._contact_until = now + self.contact_ms
            self._contact_left = CONTACT_PACKETS

    def unanswered(self, now: int) -> None:
        """Note that a packet sent here was not acknowledged in time."""
        self._failures += 1
        if self._failures >= FAILURES_TO_SUSPEND:
            self._suspended_until = now + SUSPENSION_MS

    def is_suspended(self, now: int) -> bool:
        """Tell whether other bearers are to be preferred at `now`."""
        return self._suspended_until is not None and now < self._suspended_until
