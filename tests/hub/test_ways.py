"""The ways carry packets both ways over real sockets and real terminals."""

import asyncio
import os
import pty
import resource
import socket
import termios
import tty
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from linli_hub.ways import Bus, Line, Reply, Tcp, Udp, Way, WayError
from linli_protocol.framing import FrameDecoder, encode_frame

WAIT_S = 10
FORGED = b"forged"


class Hearing:
    """What came over a way; everything but FORGED is authentic."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[bytes, Reply]] = asyncio.Queue()

    def __call__(self, way: str, packet: bytes, reply: Reply) -> bool:
        self.heard.put_nowait((packet, reply))
        return packet != FORGED

    async def next(self) -> tuple[bytes, Reply]:
        return await asyncio.wait_for(self.heard.get(), WAIT_S)


@asynccontextmanager
async def served(way: Way) -> AsyncIterator[Hearing]:
    hearing = Hearing()
    task = asyncio.create_task(way.serve(hearing))
    try:
        while getattr(way, "port", 1) == 0:
            await asyncio.sleep(0.01)
        yield hearing
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(story(), 30)

    asyncio.run(bounded())


def test_tcp_carries_frames_both_ways() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0)
        async with served(way) as hearing:
            reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
            writer.write(b"noise" + encode_frame(b"one") + encode_frame(b"two")[:3])
            packet, reply = await hearing.next()
            assert packet == b"one"
            writer.write(encode_frame(b"two")[3:])
            assert (await hearing.next())[0] == b"two"
            assert reply(b"answer")
            assert await reader.readexactly(len(encode_frame(b"answer"))) == encode_frame(b"answer")
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.05)
            assert not reply(b"too late")

    run(story)


@pytest.mark.parametrize("said", [b"", b"noise", encode_frame(FORGED)])
def test_tcp_sends_away_who_proves_nothing(said: bytes) -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0, proof_s=0.2)
        async with served(way):
            reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
            writer.write(said)
            assert await asyncio.wait_for(reader.read(), WAIT_S) == b""
            writer.close()

    run(story)


def test_tcp_keeps_who_proved_itself() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0, proof_s=0.2)
        async with served(way) as hearing:
            _, writer = await asyncio.open_connection("127.0.0.1", way.port)
            writer.write(encode_frame(b"one"))
            await hearing.next()
            await asyncio.sleep(0.4)
            writer.write(encode_frame(b"two"))
            assert (await hearing.next())[0] == b"two"
            writer.close()

    run(story)


def test_tcp_has_room_for_so_many() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0, connections=1)
        async with served(way) as hearing:
            _, first = await asyncio.open_connection("127.0.0.1", way.port)
            first.write(encode_frame(b"one"))
            await hearing.next()
            reader, second = await asyncio.open_connection("127.0.0.1", way.port)
            assert await asyncio.wait_for(reader.read(), WAIT_S) == b""
            assert way.refused == 1
            first.close()
            second.close()

    run(story)


def test_tcp_takes_more_connections_than_a_process_may_have_files_at_first() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0)
        async with served(way) as hearing:
            for number in range(connections):
                _, writer = await asyncio.open_connection("127.0.0.1", way.port)
                writer.write(encode_frame(b"%d" % number))
                assert (await hearing.next())[0] == b"%d" % number
                writers.append(writer)
        for writer in writers:
            writer.close()

    writers: list[asyncio.StreamWriter] = []
    connections = 50
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 40, before[1]))
    try:
        run(story)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_udp_answers_where_it_was_asked_from() -> None:
    async def story() -> None:
        way = Udp("127.0.0.1", 0)
        async with served(way) as hearing:
            loop = asyncio.get_running_loop()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
                device.setblocking(False)
                device.bind(("127.0.0.1", 0))
                await loop.sock_sendto(device, b"one", ("127.0.0.1", way.port))
                packet, reply = await hearing.next()
                assert packet == b"one"
                assert reply(b"answer")
                assert await asyncio.wait_for(loop.sock_recv(device, 100), WAIT_S) == b"answer"

    run(story)


@pytest.mark.parametrize("kind", [Tcp, Udp])
def test_a_port_in_use_is_named(kind: type[Tcp] | type[Udp]) -> None:
    async def story() -> None:
        first = kind("127.0.0.1", 0)
        async with served(first):
            second = kind("127.0.0.1", first.port)
            with pytest.raises(WayError, match=rf"127\.0\.0\.1:{first.port}: .*in use"):
                await second.serve(Hearing())

    run(story)


@asynccontextmanager
async def terminal(folder: Path) -> AsyncIterator[tuple[Path, int]]:
    """Yield a port's path that stays, and the descriptor of its other end."""
    master, slave = pty.openpty()
    tty.setraw(slave, termios.TCSANOW)
    os.set_blocking(master, False)
    path = folder / "port"
    path.unlink(missing_ok=True)
    path.symlink_to(os.ttyname(slave))
    os.close(slave)
    try:
        yield path, master
    finally:
        os.close(master)


async def read(descriptor: int) -> bytes:
    loop = asyncio.get_running_loop()
    readable = loop.create_future()
    loop.add_reader(descriptor, lambda: readable.done() or readable.set_result(None))
    try:
        await asyncio.wait_for(readable, WAIT_S)
        return os.read(descriptor, 4096)
    finally:
        loop.remove_reader(descriptor)


def test_a_line_may_be_pulled_out_and_plugged_in(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "port"
        async with served(Line(path)) as hearing:
            for packet in (b"one", b"two"):
                async with terminal(tmp_path) as (_, device):
                    await asyncio.sleep(2.2)
                    os.write(device, encode_frame(packet))
                    heard, reply = await hearing.next()
                    assert heard == packet
                    assert reply(b"answer")
                    assert await read(device) == encode_frame(b"answer")
                await asyncio.sleep(0.05)
                assert not reply(b"too late")

    run(story)


def test_a_bus_is_polled_in_turn(tmp_path: Path) -> None:
    async def story() -> None:
        async with terminal(tmp_path) as (path, descriptor):
            bus = Bus(path, [5, 6, 7])
            to_six = bus.route(6)
            assert to_six is not None
            assert bus.route(8) is None
            assert to_six(b"for six")
            polled: list[bytes] = []
            decoder = FrameDecoder()
            answers = {0x85: [encode_frame(b"of five")], 0x86: [b"\0", encode_frame(b"of six")]}
            async with served(bus) as hearing:
                while len(polled) < 8:
                    for poll in decoder.feed(await read(descriptor)):
                        polled.append(poll)
                        if poll[0] != 0x87:
                            waiting = answers[poll[0]]
                            os.write(descriptor, waiting.pop(0) if waiting else b"\0")
                assert (await hearing.next())[0] == b"of five"
                assert (await hearing.next())[0] == b"of six"
            # Seven never answers: it is asked once a round, and costs nobody else a turn.
            five, six, seven = bytes([0x85]), bytes([0x86]), bytes([0x87])
            assert polled[:4] == [five, six + b"for six", seven, five]
            assert [polled.count(five), polled.count(six) + 1, polled.count(seven)] == [3, 3, 2]

    run(story)


def test_a_frame_on_the_bus_may_come_in_pieces(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            terminal(tmp_path) as (path, descriptor),
            served(Bus(path, [5])) as hearing,
        ):
            await read(descriptor)
            for byte in encode_frame(b"piecemeal"):
                os.write(descriptor, bytes([byte]))
                await asyncio.sleep(0.001)
            assert (await hearing.next())[0] == b"piecemeal"

    run(story)
