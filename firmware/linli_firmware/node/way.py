"""One bearer in operation: its transport, polled, and the core told of what happens there."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bearers.transport import Transport
    from .core import Core
    from .inbox import Inbox


class Way:
    """The part of a node for bearer `number`."""

    vital = False
    period_ms = 10

    def __init__(self, number: int, transport: "Transport", inbox: "Inbox", core: "Core") -> None:
        self.name = transport.bearer.name
        self._number = number
        self._transport = transport
        self._inbox = inbox
        self._core = core
        self._was_up: "bool | None" = None
        self._is_started = False

    def restart(self, now: int) -> None:
        """Begin anew after a failure."""
        self._is_started = False
        self._transport.stop()

    def poll(self, now: int) -> None:
        """Move packets between transport and core."""
        if not self._is_started:
            # Not before this: a radio that cannot be started must not stop the others.
            self._transport.start(now)
            self._is_started = True
        for packet in self._transport.poll(now):
            self._inbox.arrived(now, self._number, packet)
        if self._transport.is_up != self._was_up:
            self._was_up = self._transport.is_up
            self._core.device.link.set_up(self._number, self._was_up, now)
            if self._was_up and self._transport.is_connection:
                self._core.device.connected(self._number, now)

    def next_deadline(self) -> "int | None":
        """Return when the transport wants to be polled next."""
        return self._transport.next_deadline()
