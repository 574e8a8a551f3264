"""A socket to one server, made anew whenever it is lost: what TCP, UDP and MQTT have in common.

Nothing waits, with one exception: looking up a host's name. It takes until the name server answers
or seconds when it does not, so where that is too long (a door decides within 50 ms) `host` is to be
a number. A name is looked up once, and again when its address has led nowhere. IPv4 only.
"""

import errno

from .transport import Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from linli_protocol.bearer import Bearer

    from .backoff import Backoff
    from .types import ByteStream
    from .wifi import Station


def as_datagrams(raw: "Any") -> "Any":
    """Return a socket for `recv` and `send`."""
    return raw


def as_stream(raw: "Any") -> "ByteStream":
    """Return a socket for `read` and `write`: itself on MicroPython, another object on CPython."""
    stream: "ByteStream" = raw if hasattr(raw, "read") else raw.makefile("rwb", 0)
    return stream


class Connection:
    """Keeps a socket of `kind` (SOCK_STREAM or SOCK_DGRAM) connected to `server`, (host, port).

    `sockets` is the module socket, `station` the Wi-Fi it needs. `wrap(socket)` makes of a socket
    what is worked with: see `as_datagrams`, `as_stream`. What goes wrong is counted in `faults`;
    after a wait by `backoff` the socket is made anew.
    """

    def __init__(
        self,
        sockets: "Any",
        kind: int,
        server: "tuple[str, int]",
        station: "Station | None",
        backoff: "Backoff",
        wrap: "Callable[[Any], Any]",
    ) -> None:
        self.faults = 0
        self.station = station
        self._sockets = sockets
        self._kind = kind
        self._server = server
        self._backoff = backoff
        self._wrap = wrap
        self._address: "Any" = None
        self._raw: "Any" = None
        self._socket: "Any" = None
        self._open_at: "int | None" = None

    def start(self, now: int) -> None:
        """Begin to connect."""
        self._open_at = now
        if self.station is not None:
            self.station.start()

    def stop(self) -> None:
        """Close the socket and stay closed."""
        self._close()
        if self.station is not None and self._open_at is not None:
            try:
                self.station.stop()
            except OSError:
                self.faults += 1
        self._open_at = None

    def poll(self, now: int) -> "Any":
        """Return the socket, None while there is none; it may still be connecting."""
        if self._open_at is None:
            return None
        try:
            if self.station is not None and not self.station.poll(now):
                self._close()
                self._open_at = now
            elif self._socket is None and now >= self._open_at:
                self._socket = self._open()
        except (OSError, ValueError):
            self.lose(now)
        return self._socket

    def works(self) -> None:
        """Note that the server has answered: the next wait is short again."""
        self._backoff.reset()

    def lose(self, now: int) -> None:
        """Count a fault, close the socket and make a new one after a while."""
        self.faults += 1
        self._address = None
        self._close()
        self._open_at = now + self._backoff.next()

    def next_deadline(self) -> "int | None":
        """Return when there is something to do; None while there is a socket."""
        if self._socket is not None:
            return None
        if self.station is None or self._open_at is None:
            return self._open_at
        return max(self._open_at, self.station.next_deadline())

    def _open(self) -> "Any":
        sockets = self._sockets
        if self._address is None:
            host, port = self._server
            found = sockets.getaddrinfo(host, port, sockets.AF_INET, self._kind)
            self._address = found[0][-1]
        raw = sockets.socket(sockets.AF_INET, self._kind)
        self._raw = raw
        raw.setblocking(False)
        try:
            raw.connect(self._address)
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise
        return self._wrap(raw)

    def _close(self) -> None:
        # A TLS socket whose handshake failed leaves the one below it open.
        for each in (self._socket, self._raw):
            if each is not None:
                try:
                    each.close()
                except OSError:
                    pass
        self._socket = None
        self._raw = None


class ConnectedTransport(Transport):
    """The way through a Connection; a subclass gives meaning to what goes over its socket."""

    def __init__(self, bearer: "Bearer", connection: Connection) -> None:
        super().__init__(bearer)
        self._connection = connection
        self._socket: "Any" = None
        # When there is something to write or to check on the socket at hand.
        self._due: "int | None" = None

    @property
    def rssi_dbm(self) -> "int | None":
        """The strength of the Wi-Fi signal, None without one."""
        station = self._connection.station
        return None if station is None else station.rssi_dbm()

    def start(self, now: int) -> None:
        """Begin to connect."""
        self._connection.start(now)

    def stop(self) -> None:
        """Close the socket."""
        self._connection.stop()
        self._socket = None
        self.is_up = False

    def send(self, packet: bytes, now: int) -> None:
        """Queue a packet."""
        super().send(packet, now)
        self._due = now

    def poll(self, now: int) -> "list[bytes]":
        """Move bytes both ways and return the packets that have arrived."""
        socket = self._connection.poll(now)
        packets: "list[bytes]" = []
        if socket is not self._socket:
            self._socket = socket
            self.is_up = False
            if socket is not None:
                self._opened(now)
        if socket is not None:
            try:
                packets = self._exchange(socket, now)
            # MicroPython raises ValueError for a certificate that it does not trust.
            except (OSError, ValueError):
                self._lose(now)
        self.counts["faults"] = self._connection.faults
        return packets

    def next_deadline(self) -> "int | None":
        """Return when there is something to do."""
        return self._connection.next_deadline() if self._socket is None else self._due

    def _opened(self, now: int) -> None:
        """Begin on a new socket, which may still be connecting."""
        raise NotImplementedError

    def _exchange(self, socket: "Any", now: int) -> "list[bytes]":
        """Read and write; OSError or ValueError when the socket is of no more use."""
        raise NotImplementedError

    def _lose(self, now: int) -> None:
        self._connection.lose(now)
        self._socket = None
        self.is_up = False
