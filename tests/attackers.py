"""Who attacks a hub that serves, over real sockets; each goes on until cancelled.

They have what anybody on the network has: addresses of devices, the protocol, and what they have
heard. None has a key. `Loot` is what the hub has told them.
"""

import asyncio
import itertools
import random
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from linli_protocol import messages, packet
from linli_protocol.framing import encode_frame


class Loot:
    """What attackers were sent, how many bytes they sent, and how often they were sent away."""

    def __init__(self) -> None:
        self.told = b""
        self.sent = 0
        self.ended = 0


Attack = Callable[[int, int, int, Loot], Awaitable[None]]
"""Attacks the ports for TCP and UDP of a hub that serves the device of the third argument."""


async def garbage(tcp: int, udp: int, victim: int, loot: Loot) -> None:
    """Send noise with zeros in it, which end frames."""
    noise = random.Random(1)
    await _pour(tcp, udp, lambda: noise.randbytes(300), loot)


async def endless(tcp: int, udp: int, victim: int, loot: Loot) -> None:
    """Send a frame that does not end."""
    await _pour(tcp, udp, lambda: b"\x11" * 1400, loot)


async def forged(tcp: int, udp: int, victim: int, loot: Loot) -> None:
    """Send what looks like the victim's packets: of a session, and of a join."""
    made = _forgeries(victim)
    await _pour(tcp, udp, lambda: next(made), loot)


async def silent(tcp: int, udp: int, victim: int, loot: Loot) -> None:
    """Open connections and say nothing, or a byte at a time."""

    async def one() -> None:
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", tcp)
                try:
                    while not reader.at_eof():
                        writer.write(b"\x40")
                        loot.sent += 1
                        with suppress(TimeoutError):
                            async with asyncio.timeout(0.3):
                                loot.told += await reader.read(100)
                finally:
                    loot.ended += 1
                    writer.transport.abort()
            await asyncio.sleep(0)

    await asyncio.gather(*(one() for _ in range(100)))


def replaying(recording: bytes) -> Attack:
    """Return who sends again and again what a device has sent, which somebody has recorded."""

    async def attack(tcp: int, udp: int, victim: int, loot: Loot) -> None:
        await _pour(tcp, udp, lambda: recording, loot)

    return attack


def _forgeries(victim: int) -> Iterator[bytes]:
    noise = random.Random(2)
    for counter in itertools.count():
        kind = (messages.JOIN_REQUEST, messages.ALARM, messages.HELLO, messages.ACKNOWLEDGEMENT)[
            counter % 4
        ]
        long = messages.flags(kind) & messages.LONG_TAG
        flags = packet.LONG if long else 0
        header = packet.pack_header(kind, flags, victim, noise.randrange(4), counter)
        yield header + noise.randbytes(30)


async def _pour(tcp: int, udp: int, made: Callable[[], bytes], loot: Loot) -> None:
    await asyncio.gather(_pour_frames(tcp, made, loot), _pour_datagrams(udp, made, loot))


async def _pour_frames(port: int, made: Callable[[], bytes], loot: Loot) -> None:
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            listening = asyncio.create_task(_listen(reader, loot))
            try:
                while not listening.done():
                    said = made()
                    writer.write(said + encode_frame(said[:250]))
                    loot.sent += len(said)
                    await writer.drain()
                    await asyncio.sleep(0.002)
            finally:
                loot.ended += listening.done()
                listening.cancel()
                writer.transport.abort()


async def _listen(reader: asyncio.StreamReader, loot: Loot) -> None:
    with suppress(OSError):
        while data := await reader.read(4096):
            loot.told += data


async def _pour_datagrams(port: int, made: Callable[[], bytes], loot: Loot) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.setblocking(False)
        own.bind(("127.0.0.1", 0))
        while True:
            said = made()
            own.sendto(said[:1400], ("127.0.0.1", port))
            loot.sent += len(said)
            with suppress(BlockingIOError):
                loot.told += own.recv(4096)
            await asyncio.sleep(0.002)
