"""UDP: a datagram is a packet; also what comes from NB-IoT modems (docs/PROTOCOL.md 1.5)."""

import asyncio
from typing import Any, cast

from linli_protocol.bearer import Bearer

from .way import Receiver, Reply, WayError

MTU = 240
_ACK_TIMEOUT_MS = 1000


class Udp:
    """Listens at `host`:`port` (0: any that is free, then in `port`)."""

    def __init__(self, host: str, port: int) -> None:
        self.name = "udp"
        self.host = host
        self.port = port

    def bearer(self) -> Bearer:
        """See Way."""
        return Bearer(self.name, MTU, _ACK_TIMEOUT_MS)

    def route(self, device: int) -> Reply | None:
        """See Way: where a device is, its packets tell."""
        return None

    async def serve(self, receive: Receiver) -> None:
        """See Way."""
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self.name, receive), local_addr=(self.host, self.port)
            )
        except OSError as error:
            raise WayError(f"udp {self.host}:{self.port}: {error.strerror or error}") from error
        self.port = transport.get_extra_info("sockname")[1]
        try:
            await loop.create_future()
        finally:
            transport.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, name: str, receive: Receiver) -> None:
        self._name = name
        self._receive = receive
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not so named, but that is what an endpoint of datagrams gets.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, source: tuple[str | Any, int]) -> None:
        transport = self._transport
        assert transport is not None

        def reply(packet: bytes) -> bool:
            if transport.is_closing():
                return False
            transport.sendto(packet, source)
            return True

        self._receive(self._name, data, reply)
