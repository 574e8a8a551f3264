"""A device's link over a real connection."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from linli_firmware.store import MemoryStore
from linli_protocol import keys, messages
from linli_protocol.bearer import Bearer
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.framing import FrameDecoder, encode_frame
from linli_protocol.link import Link


class TcpDevice:
    """Device `address` of `device_kind`, of the community with that key.

    `hello` is what it says of itself first; `got` is what came of the hub: message kinds with
    their fields.
    """

    def __init__(
        self, community_key: bytes, address: int, device_kind: int, generation: int = 0
    ) -> None:
        root = keys.root_key(community_key, address, generation)
        store = MemoryStore()
        settings = {"join_spread_ms": 0}
        association = DeviceAssociation(
            root, address, device_kind, store, os.urandom, lambda *_: None, settings
        )
        self.link = Link(association, [Bearer("tcp", 240)], store, os.urandom)
        self.got: list[tuple[int, dict]] = []
        self.hello = {"device_kind": device_kind, "firmware": 1, "boots": 1, "reset_cause": 1}

    async def run(self, port: int, host: str = "127.0.0.1") -> None:
        self.link.start(self.now())
        self.link.send(messages.HELLO, self.hello, self.now())
        while True:
            # The hub lets go of a device that is silent for long.
            await self._connected(*await asyncio.open_connection(host, port))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = FrameDecoder()
        while not reader.at_eof():
            for _, packet in self.link.poll(self.now()):
                writer.write(encode_frame(packet))
            with suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    for packet in decoder.feed(await reader.read(4096)):
                        delivery = self.link.receive(0, packet, self.now())
                        if delivery is not None:
                            self.got.append((delivery.kind, delivery.fields))

    def send(self, kind: int, fields: dict) -> None:
        self.link.send(kind, fields, self.now())

    def now(self) -> int:
        return round(asyncio.get_running_loop().time() * 1000)


@asynccontextmanager
async def joined(device: TcpDevice, port: int, host: str = "127.0.0.1") -> AsyncIterator[None]:
    """Have a device connected, joined and heard within."""
    task = asyncio.create_task(device.run(port, host))
    try:
        while device.link.association.current is None or unacknowledged(device):
            await asyncio.sleep(0.01)
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def unacknowledged(device: TcpDevice) -> int:
    """Return how many of a device's messages the hub has not said to have."""
    flying = sum(len(stream.flights) for stream in device.link._streams.values())
    return flying + sum(map(len, device.link._outbox.queues))


async def until_acknowledged(device: TcpDevice) -> None:
    while unacknowledged(device):
        await asyncio.sleep(0.01)
