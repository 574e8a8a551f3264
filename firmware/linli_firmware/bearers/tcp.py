"""A TCP connection to the hub: frames over a socket, connected again whenever it is lost.

Packets are sealed end to end by the session, so the connection needs no secrecy of its own.

A dead peer shows itself in three ways. One that closed or was reset makes reading or writing fail.
One that vanished leaves the device's packets unanswered (`silence`). And on a connection without
any traffic a single 00, which is silence between frames, goes every "keepalive_s": a peer that has
started anew answers it by a reset, one that is gone lets TCP's own retransmissions run out, and
routers on the way remember the connection. Sockets on the ESP32 have no SO_KEEPALIVE.
"""

from linli_protocol.bearer import Bearer

from ..settings import NEEDED, merged
from . import wifi
from .backoff import Backoff
from .connection import ConnectedTransport, Connection, addresses, as_stream
from .silence import SHORT_SILENCE_MS, SILENCE_MS, Silence
from .stream import PACE_MS, READ_BYTES, Frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import Config
    from .types import Board, ByteStream

DEFAULTS = {
    "host": NEEDED,  # or a list; best numbers: see `connection`
    "port": NEEDED,
    "keepalive_s": 60,  # our own figure
}
DEFAULTS.update(wifi.DEFAULTS)

MTU = 240
ACK_TIMEOUT_MS = 1_000

_PROBE = b"\x00"


class Tcp(ConnectedTransport):
    """Frames over a connection; up when it has taken the first byte."""

    is_connection = True

    def __init__(self, bearer: Bearer, connection: Connection, keepalive_ms: int) -> None:
        silence = Silence(SHORT_SILENCE_MS if connection.has_choice else SILENCE_MS)
        super().__init__(bearer, connection, silence)
        self._patience_ms = silence.limit_ms
        self._frames = Frames(bearer.mtu, self.counts)
        self._keepalive_ms = keepalive_ms
        self._wrote_at = 0
        # When, if nothing changes until then, nobody is there.
        self._write_by: "int | None" = None

    def _opened(self, now: int) -> None:
        self._frames.unsent = _PROBE
        self._write_by = None

    def _exchange(self, socket: "ByteStream", now: int) -> "list[bytes]":
        packets: "list[bytes]" = []
        # Ports differ in what reading gives while the socket is still connecting.
        data = socket.read(READ_BYTES) if self.is_up else None
        if data is not None:
            if not data:
                raise OSError("closed by the peer")
            self._heard(now)
            packets = self._frames.decode(data)
        self._write(socket, now)
        return packets

    def _write(self, socket: "ByteStream", now: int) -> None:
        frames = self._frames
        if not frames.unsent and now - self._wrote_at >= self._keepalive_ms:
            frames.unsent = _PROBE
        if frames.unsent or self._queue:
            if not frames.write(socket, self._queue):
                if self._write_by is None:
                    self._write_by = now + self._patience_ms
                if now >= self._write_by:
                    raise OSError("takes no more")
                self._due = now + PACE_MS
                return
            self._wrote_at = now
            self._write_by = None
            self.is_up = True
        self._due = self._wrote_at + self._keepalive_ms


def build(settings: "Config", board: "Board") -> Tcp:
    """Return the transport of a TCP connection with `settings` over DEFAULTS."""
    import socket

    chosen = merged(DEFAULTS, settings)
    connection = Connection(
        socket,
        socket.SOCK_STREAM,
        addresses(chosen["host"]),
        chosen["port"],
        wifi.station(chosen, board),
        Backoff(board.random),
        as_stream,
    )
    return Tcp(Bearer("tcp", MTU, ACK_TIMEOUT_MS), connection, chosen["keepalive_s"] * 1000)
