"""UDP datagrams to the hub and back: one packet each, as it is.

The socket is connected to the hub's address, so that the network stack itself drops what comes from
anywhere else. That keeps chance traffic out; against a forged source the session's tags stand.
There is no connection whose loss could be noticed: the way is up while there is a network, and
whether anyone answers is for the link to find out. Only where there are several addresses, one from
which no answer comes is left for the next.
"""

import errno

from linli_protocol.bearer import Bearer

from ..settings import NEEDED, merged
from . import wifi
from .backoff import Backoff
from .connection import CONNECT_MS, ConnectedTransport, Connection, addresses, as_datagrams
from .silence import SHORT_SILENCE_MS, Silence
from .stream import PACE_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..types import Config
    from .types import Board

DEFAULTS = {
    "host": NEEDED,  # or a list; best numbers: see `connection`
    "port": NEEDED,
}
DEFAULTS.update(wifi.DEFAULTS)

MTU = 240
ACK_TIMEOUT_MS = 1_000

# So many datagrams are read in one poll.
_BATCH = 8


class Udp(ConnectedTransport):
    """Datagrams over a connected socket; `counts` has also "refused": longer than a packet."""

    def __init__(self, bearer: Bearer, connection: Connection) -> None:
        # Nothing but an answer tells that somebody is there.
        silence = Silence(SHORT_SILENCE_MS, CONNECT_MS) if connection.has_choice else None
        super().__init__(bearer, connection, silence)
        self.counts["refused"] = 0

    def _opened(self, now: int) -> None:
        self.is_up = True
        self._due = now

    def _exchange(self, socket: "Any", now: int) -> "list[bytes]":
        packets: "list[bytes]" = []
        for _ in range(_BATCH):
            try:
                data = socket.recv(self.bearer.mtu + 1)
            except OSError as error:
                if error.errno != errno.EAGAIN:
                    raise
                break
            # Once the esp32 port has received an empty datagram, it reads nothing else any more.
            if not data:
                raise OSError("an empty datagram")
            self._heard(now)
            if len(data) > self.bearer.mtu:
                self.counts["refused"] += 1
            else:
                packets.append(data)
        self._due = None
        try:
            while self._queue:
                socket.send(self._queue[0])
                self._queue.pop(0)
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
            self._due = now + PACE_MS
        return packets


def build(settings: "Config", board: "Board") -> Udp:
    """Return the transport of UDP datagrams with `settings` over DEFAULTS."""
    import socket

    chosen = merged(DEFAULTS, settings)
    connection = Connection(
        socket,
        socket.SOCK_DGRAM,
        addresses(chosen["host"]),
        chosen["port"],
        wifi.station(chosen, board),
        Backoff(board.random),
        as_datagrams,
    )
    return Udp(Bearer("udp", MTU, ACK_TIMEOUT_MS), connection)
