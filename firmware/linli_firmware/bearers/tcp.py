"""A TCP connection to the hub: frames over a socket, connected again whenever it is lost.

Packets are sealed end to end by the session, so the connection needs no secrecy of its own.

A dead peer shows itself in three ways. One that closed or was reset makes reading or writing fail.
One that vanished leaves the device's packets unanswered: the link has every message acknowledged,
so two packets and SILENCE_MS without a byte in return mean that nobody is there. (What goes within
ANSWER_MS of hearing something may be an acknowledgement itself, which nobody answers.) And on a
connection without any traffic a single 00, which is silence between frames, goes every
"keepalive_s": a peer that has started anew answers it by a reset, one that is gone lets TCP's own
retransmissions run out, and routers on the way remember the connection. Sockets on the ESP32 have
no SO_KEEPALIVE.
"""

from linli_protocol.bearer import Bearer

from ..settings import NEEDED, merged
from . import wifi
from .backoff import Backoff
from .connection import ConnectedTransport, Connection, as_stream
from .stream import PACE_MS, READ_BYTES, Frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import Config
    from .types import Board, ByteStream

DEFAULTS = {
    "host": NEEDED,  # best a number: see `connection`
    "port": NEEDED,
    "keepalive_s": 60,  # our own figure
}
DEFAULTS.update(wifi.DEFAULTS)

MTU = 240
ACK_TIMEOUT_MS = 1_000

SILENCE_MS = 30_000
ANSWER_MS = 1_000
_UNANSWERED = 2

_PROBE = b"\x00"


class Tcp(ConnectedTransport):
    """Frames over a connection; up when it has taken the first byte."""

    def __init__(self, bearer: Bearer, connection: Connection, keepalive_ms: int) -> None:
        super().__init__(bearer, connection)
        self._frames = Frames(bearer.mtu, self.counts)
        self._keepalive_ms = keepalive_ms
        self._heard_at = 0
        self._wrote_at = 0
        # When, if nothing changes until then, nobody is there.
        self._write_by: "int | None" = None
        self._unanswered = 0
        self._answer_by = 0

    def send(self, packet: bytes, now: int) -> None:
        """Queue a packet."""
        super().send(packet, now)
        if now - self._heard_at >= ANSWER_MS:
            if not self._unanswered:
                self._answer_by = now + SILENCE_MS
            self._unanswered += 1

    def _opened(self, now: int) -> None:
        self._frames.unsent = _PROBE
        self._write_by = None
        self._heard(now)

    def _exchange(self, socket: "ByteStream", now: int) -> "list[bytes]":
        packets: "list[bytes]" = []
        # Ports differ in what reading gives while the socket is still connecting.
        data = socket.read(READ_BYTES) if self.is_up else None
        if data is not None:
            if not data:
                raise OSError("closed by the peer")
            self._connection.works()
            self._heard(now)
            packets = self._frames.decode(data)
        self._write(socket, now)
        if self._unanswered >= _UNANSWERED:
            if now >= self._answer_by:
                raise OSError("no answer")
            self._due = min(self._due or self._answer_by, self._answer_by)
        return packets

    def _heard(self, now: int) -> None:
        self._heard_at = now
        self._unanswered = 0

    def _write(self, socket: "ByteStream", now: int) -> None:
        frames = self._frames
        if not frames.unsent and now - self._wrote_at >= self._keepalive_ms:
            frames.unsent = _PROBE
        if frames.unsent or self._queue:
            if not frames.write(socket, self._queue):
                if self._write_by is None:
                    self._write_by = now + SILENCE_MS
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
        (chosen["host"], chosen["port"]),
        wifi.station(chosen, board),
        Backoff(board.random),
        as_stream,
    )
    return Tcp(Bearer("tcp", MTU, ACK_TIMEOUT_MS), connection, chosen["keepalive_s"] * 1000)
