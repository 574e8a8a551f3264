"""A serial line from this board to one peer: a hub, a gateway, a test rig."""

from linli_protocol.bearer import Bearer

from ..settings import NEEDED, merged
from .stream import PACE_MS, READ_BYTES, Frames
from .transport import QUEUE_LIMIT, Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..types import Config
    from .types import Board, Port

DEFAULTS = {
    "number": 1,  # of the UART; 0 is the console on most boards
    "tx": NEEDED,  # GPIO numbers
    "rx": NEEDED,
    "baud": 115_200,  # 8N1
}

# As in the simulator's wired and IP bearers: fits a device's small buffers.
MTU = 240
_FRAME_BITS = (MTU + 5) * 10

# What the peer may take to answer; our own figure.
_ANSWER_MS = 1_000

# A port that failed is opened anew after this time.
REOPEN_MS = 1_000


class Uart(Transport):
    """Frames over a serial port; `open_port()` returns it, or raises OSError.

    The line does not tell whether anyone is there: it is up while the port works.
    """

    def __init__(self, bearer: Bearer, open_port: "Callable[[], Port]") -> None:
        super().__init__(bearer)
        self._frames = Frames(bearer.mtu, self.counts)
        self._open_port = open_port
        self._port: "Port | None" = None
        # When to open the port, or while it is open, when to write.
        self._due: "int | None" = None

    def start(self, now: int) -> None:
        """Open the port."""
        try:
            self._port = self._open_port()
        except OSError:
            self._fail(now)
            return
        self._due = now
        self._opened(now)

    def stop(self) -> None:
        """Close the port."""
        self.is_up = False
        self._due = None
        self._frames.unsent = b""
        if self._port is not None:
            port = self._port
            self._port = None
            try:
                port.deinit()
            except OSError:
                self.counts["faults"] += 1

    def send(self, packet: bytes, now: int) -> None:
        """Queue a packet."""
        super().send(packet, now)
        if self._port is not None:
            self._due = now

    def poll(self, now: int) -> "list[bytes]":
        """Move bytes both ways and return the packets that have arrived."""
        if self._port is None and self._due is not None and now >= self._due:
            self.start(now)
        if self._port is None:
            return []
        try:
            return self._exchange(self._port, now)
        except OSError:
            self._fail(now)
            return []

    def next_deadline(self) -> "int | None":
        """Return when there is something to write, or the port to be opened."""
        return self._due

    def _opened(self, now: int) -> None:
        self.is_up = True

    def _exchange(self, port: "Port", now: int) -> "list[bytes]":
        # `read` takes memory for all that it is asked for, even when nothing is there.
        data = port.read(READ_BYTES) if port.any() else None
        self._due = None
        if self._frames.unsent or self._queue:
            # The esp32 port's `write` waits while its buffer is full; one frame fits.
            if port.txdone():
                self._frames.write(port, [] if self._frames.unsent else [self._queue.pop(0)])
            self._due = now + PACE_MS
        return self._frames.decode(data) if data else []

    def _fail(self, now: int) -> None:
        self.counts["faults"] += 1
        self.stop()
        self._due = now + REOPEN_MS


def build(settings: "Config", board: "Board") -> Uart:
    """Return the transport of a UART with `settings` over DEFAULTS."""
    chosen = merged(DEFAULTS, settings)
    baud = chosen["baud"]
    # An acknowledgement may come behind the frames that the peer has queued.
    timeout_ms = _ANSWER_MS + (QUEUE_LIMIT + 1) * _FRAME_BITS * 1000 // baud
    return Uart(
        Bearer("uart", MTU, timeout_ms),
        lambda: board.uart(chosen["number"], baud, chosen["tx"], chosen["rx"]),
    )
