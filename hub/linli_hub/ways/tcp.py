"""TCP: a connection is a stream of frames; the device connects (docs/PROTOCOL.md 1.4)."""

import asyncio
import contextlib
import resource

from linli_protocol.bearer import Bearer
from linli_protocol.framing import FrameDecoder, encode_frame

from .way import Receiver, Reply, WayError

MTU = 240
_ACK_TIMEOUT_MS = 1000
_READ_BYTES = 4096
# A device says something at least every 60 s; twice that and a little is a connection that is gone.
_SILENCE_S = 150.0
# Who has not said anything authentic by then is sent away.
_PROOF_S = 30.0
# What waits to be sent on one connection before packets are left to the link to repeat.
_WAITING_BYTES = 64 * 1024
# Files that the hub has open beside connections: databases, archives, other ways, the page's.
_OTHER_FILES = 512


class Tcp:
    """Listens at `host`:`port` (0: any that is free, then in `port`); at most `connections`."""

    def __init__(
        self, host: str, port: int, connections: int = 16_384, proof_s: float = _PROOF_S
    ) -> None:
        self.name = "tcp"
        self.host = host
        self.port = port
        self.refused = 0
        self._connections = connections
        self._proof_s = proof_s
        self._open: set[asyncio.StreamWriter] = set()

    def bearer(self) -> Bearer:
        """See Way."""
        return Bearer(self.name, MTU, _ACK_TIMEOUT_MS)

    def route(self, device: int) -> Reply | None:
        """See Way: the device connects."""
        return None

    async def serve(self, receive: Receiver) -> None:
        """See Way."""
        _allow_files(self._connections + _OTHER_FILES)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._connection(reader, writer, receive)

        try:
            server = await asyncio.start_server(connected, self.host, self.port)
        except OSError as error:
            raise WayError(f"tcp {self.host}:{self.port}: {error.strerror or error}") from error
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            try:
                await server.serve_forever()
            finally:
                for writer in list(self._open):
                    writer.close()

    async def _connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, receive: Receiver
    ) -> None:
        if len(self._open) >= self._connections:
            self.refused += 1
            writer.close()
            return
        self._open.add(writer)
        try:
            await self._read(reader, writer, receive)
        except (OSError, TimeoutError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _read(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, receive: Receiver
    ) -> None:
        def reply(packet: bytes) -> bool:
            transport = writer.transport
            if transport.is_closing() or transport.get_write_buffer_size() > _WAITING_BYTES:
                return False
            writer.write(encode_frame(packet))
            return True

        decoder = FrameDecoder()
        loop = asyncio.get_running_loop()
        proof_by: float | None = loop.time() + self._proof_s
        while True:
            until = loop.time() + _SILENCE_S if proof_by is None else proof_by
            async with asyncio.timeout_at(until):
                data = await reader.read(_READ_BYTES)
            if not data:
                return
            for packet in decoder.feed(data):
                if receive(self.name, packet, reply):
                    proof_by = None


def _allow_files(count: int) -> None:
    """Let this process have so many files open, as far as the system lets it.

    What a process begins with, 1 024 as a rule, is for programs that use select.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
