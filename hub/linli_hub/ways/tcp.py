"""TCP: a connection is a stream of frames; the device connects (docs/PROTOCOL.md 1.5)."""

import asyncio
import resource
from collections import OrderedDict, defaultdict
from typing import cast

from linli_protocol import packet
from linli_protocol.bearer import Bearer
from linli_protocol.framing import FrameDecoder, encode_frame

from .way import Receiver, Reply, WayError

MTU = 240
_ACK_TIMEOUT_MS = 1000
_READ_BYTES = 4096
# All devices of a site come at once after an outage.
_BACKLOG = 1024
# A device says something at least every 60 s; twice that and a little is a connection that is gone.
_SILENCE_S = 150.0
# Who has not said anything authentic by then is sent away, and so is who has said as much without.
# A device whose hub has forgotten its session says a tenth of it before it joins.
_PROOF_S = 30.0
_UNPROVEN_BYTES = 16 * 1024
# What waits to be sent on one connection before packets are left to the link to repeat.
_WAITING_BYTES = 64 * 1024
# Files that the hub has open beside connections: databases, archives, other ways, the page's.
_OTHER_FILES = 512


class Tcp:
    """Listens at `host`:`port` (0: any that is free, then in `port`); at most `connections`.

    When there are so many, a new one takes the place of the oldest that has proved nothing, of the
    address that has most of those: neither one address nor silence keeps a device out. A device
    has one connection, the last that it proved itself on.
    """

    def __init__(
        self, host: str, port: int, connections: int = 16_384, proof_s: float = _PROOF_S
    ) -> None:
        self.name = "tcp"
        self.host = host
        self.port = port
        self.refused = 0
        self._connections = connections
        self._proof_s = proof_s
        self._opened = 0
        self._open: set[_Connection] = set()
        self._unproven: defaultdict[str, OrderedDict[_Connection, None]] = defaultdict(OrderedDict)
        self._of: dict[int, _Connection] = {}
        self._read = bytearray(_READ_BYTES)

    def bearer(self) -> Bearer:
        """See Way."""
        return Bearer(self.name, MTU, _ACK_TIMEOUT_MS)

    def route(self, device: int) -> Reply | None:
        """See Way: the device connects."""
        return None

    async def serve(self, receive: Receiver) -> None:
        """See Way."""
        _allow_files(self._connections + _OTHER_FILES)
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(
                lambda: _Connection(self, receive, self._read),
                self.host,
                self.port,
                backlog=_BACKLOG,
            )
        except OSError as error:
            raise WayError(f"tcp {self.host}:{self.port}: {error.strerror or error}") from error
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            try:
                await server.serve_forever()
            finally:
                for each in list(self._open):
                    each.transport.abort()

    def opened(self, connection: "_Connection") -> float | None:
        """Take a connection; return how many s it has to prove itself, None: there is no room."""
        if len(self._open) >= self._connections:
            self.refused += 1
            most = max(self._unproven.values(), key=len, default=None)
            if most is None:
                return None
            self._end(next(iter(most)))
        self._opened += 1
        connection.number = self._opened
        self._open.add(connection)
        self._unproven[connection.address][connection] = None
        return self._proof_s

    def proved(self, connection: "_Connection", device: int) -> bool:
        """Note that a device has proved itself on a connection; False: it has a newer one."""
        before = self._of.get(device)
        if before is connection:
            return True
        if before is not None:
            if before.number > connection.number:
                return False
            before.devices.discard(device)
            if not before.devices:
                self._end(before)
        self._of[device] = connection
        connection.devices.add(device)
        self._proven(connection)
        return True

    def closed(self, connection: "_Connection") -> None:
        """Forget a connection."""
        self._open.discard(connection)
        self._proven(connection)
        for device in connection.devices:
            del self._of[device]
        connection.devices.clear()

    def _proven(self, connection: "_Connection") -> None:
        of_address = self._unproven.get(connection.address)
        if of_address is not None:
            of_address.pop(connection, None)
            if not of_address:
                del self._unproven[connection.address]

    def _end(self, connection: "_Connection") -> None:
        connection.transport.abort()
        self.closed(connection)


class _Connection(asyncio.BufferedProtocol):
    """One connection of `way`; what arrives is read into `buffer`, which all share."""

    transport: asyncio.Transport
    address: str
    number = 0

    def __init__(self, way: Tcp, receive: Receiver, buffer: bytearray) -> None:
        self.devices: set[int] = set()
        self._way = way
        self._receive = receive
        self._buffer = buffer
        self._decoder = FrameDecoder()
        self._unproven_bytes = _UNPROVEN_BYTES
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See BaseProtocol."""
        # Not all loops have a transport's class above theirs.
        self.transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if peer else ""
        proof_s = self._way.opened(self)
        if proof_s is None:
            self.transport.abort()
            return
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + proof_s
        self._timer = self._loop.call_at(self._until, self._look)

    def connection_lost(self, error: Exception | None) -> None:
        """See BaseProtocol."""
        if self._timer is not None:
            self._timer.cancel()
        self._way.closed(self)

    def get_buffer(self, sizehint: int) -> bytearray:
        """See BufferedProtocol."""
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        """See BufferedProtocol."""
        for each in self._decoder.feed(bytes(memoryview(self._buffer)[:count])):
            if self.transport.is_closing():
                return
            if self._receive(self._way.name, each, self._reply):
                header = packet.parse_header(each)
                assert header is not None, "an authentic packet has a header"
                self._way.proved(self, header.device)
        if self.devices:
            self._until = self._loop.time() + _SILENCE_S
            return
        self._unproven_bytes -= count
        if self._unproven_bytes < 0:
            self.transport.abort()

    def _reply(self, data: bytes) -> bool:
        transport = self.transport
        if transport.is_closing() or transport.get_write_buffer_size() > _WAITING_BYTES:
            return False
        transport.write(encode_frame(data))
        return True

    def _look(self) -> None:
        if self._loop.time() >= self._until:
            self.transport.abort()
        else:
            self._timer = self._loop.call_at(self._until, self._look)


def _allow_files(count: int) -> None:
    """Let this process have so many files open, as far as the system lets it.

    What a process begins with, 1 024 as a rule, is for programs that use select.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
