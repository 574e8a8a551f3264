"""A socket to the hub, made anew whenever it is lost: what TCP, UDP and MQTT have in common.

The hub has one address or several, of which one answers: that of the hub which serves just now.
They are tried in turn, each at once after the one before; only when all have been in vain a while
passes. The one that has answered is kept for as long as it does.

Nothing waits, with one exception: looking up a host's name. It takes until the name server answers
or seconds when it does not, so where that is too long (a door decides within 50 ms) `host` is to be
a number. A name is looked up once, and again when its address has led nowhere. IPv4 only.
"""

import errno
import select

from .backoff import FIRST_MS, LAST_MS
from .transport import Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from linli_protocol.bearer import Bearer

    from .backoff import Backoff
    from .silence import Silence
    from .types import ByteStream
    from .wifi import Station

# Where there is another address, an answer to the first packet is waited for this long.
CONNECT_MS = 3_000

# A connection that was of use so long was no accident: when it is lost, all addresses are tried
# before anything is waited for.
SETTLED_MS = 5_000

# While one hub takes over from another (15 s), all of them are tried every second; later at least
# this often, for one of several hubs is seldom away for long.
TAKE_OVER_MS = 20_000
SEVERAL_MS = 8_000


def addresses(host: "Any") -> "list[str]":
    """Return the setting `host`, an address or a list of them, as a list; ValueError: it is not."""
    hosts = host if isinstance(host, list) else [host]
    if not hosts or [each for each in hosts if not isinstance(each, str) or not each]:
        raise ValueError("host: must be an address, or a list of addresses")
    return hosts


def is_connected(raw: "Any") -> bool:
    """Tell whether `connect` of a socket has come to an end, whichever."""
    poll = select.poll()
    poll.register(raw, select.POLLOUT)
    return bool(poll.poll(0))


def as_datagrams(raw: "Any") -> "Any":
    """Return a socket for `recv` and `send`."""
    return raw


def as_stream(raw: "Any") -> "ByteStream":
    """Return a socket for `read` and `write`: itself on MicroPython, another object on CPython."""
    stream: "ByteStream" = raw if hasattr(raw, "read") else raw.makefile("rwb", 0)
    return stream


class Connection:
    """Keeps a socket of `kind` (SOCK_STREAM or SOCK_DGRAM) connected to `port` at one of `hosts`.

    `sockets` is the module socket, `station` the Wi-Fi it needs. `wrap(socket)` makes of a socket
    what is worked with: see `as_datagrams`, `as_stream`; `is_connected(socket)` is as above. `host`
    is the address at hand. What goes wrong is counted in `faults`; when no host is left to try, the
    next is after a wait by `backoff`.
    """

    def __init__(
        self,
        sockets: "Any",
        kind: int,
        hosts: "list[str]",
        port: int,
        station: "Station | None",
        backoff: "Backoff",
        wrap: "Callable[[Any], Any]",
        is_connected: "Callable[[Any], bool]" = is_connected,
    ) -> None:
        self.faults = 0
        self.station = station
        self._sockets = sockets
        self._kind = kind
        self._hosts = hosts
        self._port = port
        self._backoff = backoff
        self._wrap = wrap
        self._is_connected = is_connected
        self._turn = 0
        # Addresses in a row that were in vain.
        self._failed = 0
        self._lost_at: "int | None" = None
        self._is_of_use = False
        self._opened_at = 0
        # When to give up connecting, None while that is not under way.
        self._connect_by: "int | None" = None
        self._address: "Any" = None
        self._raw: "Any" = None
        self._socket: "Any" = None
        self._open_at: "int | None" = None

    @property
    def has_choice(self) -> bool:
        """Whether there is another address than the one at hand."""
        return len(self._hosts) > 1

    @property
    def host(self) -> str:
        """The address at hand."""
        return self._hosts[self._turn]

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
            elif self._socket is None:
                if now >= self._open_at:
                    self._open(now)
            elif self._connect_by is not None:
                if self._is_connected(self._raw):
                    self._connect_by = None
                elif now >= self._connect_by:
                    self.lose(now)
        except (OSError, ValueError):
            self.lose(now)
        return self._socket

    def works(self) -> None:
        """Note that the server has answered: the next wait is short again."""
        self._is_of_use = True
        self._backoff.reset()

    def lose(self, now: int) -> None:
        """Count a fault, close the socket and go on to the next address, now or after a while."""
        self.faults += 1
        self._address = None
        self._close()
        if self._is_of_use and now - self._opened_at >= SETTLED_MS:
            self._failed = 0
            self._lost_at = None
        self._is_of_use = False
        if self._lost_at is None:
            self._lost_at = now
        self._turn = (self._turn + 1) % len(self._hosts)
        self._failed += 1
        self._open_at = now
        if self._failed >= len(self._hosts):
            self._failed = 0
            self._open_at += self._backoff.next(self._longest_ms(now - self._lost_at))

    def next_deadline(self) -> "int | None":
        """Return when there is something to do; None while there is a socket."""
        if self._socket is not None:
            return None
        if self.station is None or self._open_at is None:
            return self._open_at
        return max(self._open_at, self.station.next_deadline())

    def _longest_ms(self, lost_ms: int) -> int:
        if not self.has_choice:
            return LAST_MS
        return FIRST_MS if lost_ms < TAKE_OVER_MS else SEVERAL_MS

    def _open(self, now: int) -> None:
        sockets = self._sockets
        if self._address is None:
            # It may take seconds; should it fail, the next does not follow at once.
            failed, self._failed = self._failed, len(self._hosts)
            found = sockets.getaddrinfo(self.host, self._port, sockets.AF_INET, self._kind)
            self._address = found[0][-1]
            self._failed = failed
        raw = sockets.socket(sockets.AF_INET, self._kind)
        self._raw = raw
        raw.setblocking(False)
        try:
            raw.connect(self._address)
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise
        self._socket = self._wrap(raw)
        self._opened_at = now
        if self.has_choice and self._kind == sockets.SOCK_STREAM:
            self._connect_by = now + CONNECT_MS

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
        self._connect_by = None


class ConnectedTransport(Transport):
    """The way through a Connection; a subclass gives meaning to what goes over its socket.

    With a `silence`, a socket over which nobody answers is lost.
    """

    def __init__(
        self, bearer: "Bearer", connection: Connection, silence: "Silence | None" = None
    ) -> None:
        super().__init__(bearer)
        self._connection = connection
        self._silence = silence
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
        if self._silence is not None:
            self._silence.sent(now)

    def poll(self, now: int) -> "list[bytes]":
        """Move bytes both ways and return the packets that have arrived."""
        socket = self._connection.poll(now)
        packets: "list[bytes]" = []
        if socket is not self._socket:
            self._socket = socket
            self.is_up = False
            if socket is not None:
                if self._silence is not None:
                    self._silence.begin()
                self._opened(now)
        if socket is not None:
            try:
                packets = self._exchange(socket, now)
                self._mind_silence(now)
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

    def _heard(self, now: int) -> None:
        self._connection.works()
        if self._silence is not None:
            self._silence.heard(now)

    def _mind_silence(self, now: int) -> None:
        end = None if self._silence is None else self._silence.deadline()
        if end is not None:
            if now >= end:
                raise OSError("no answer")
            self._due = end if self._due is None else min(self._due, end)

    def _lose(self, now: int) -> None:
        self._connection.lose(now)
        self._socket = None
        self.is_up = False
