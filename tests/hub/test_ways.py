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
from linli_protocol import messages, packet
from linli_protocol.framing import FrameDecoder, encode_frame

WAIT_S = 10


def of(device: int, said: bytes = b"") -> bytes:
    """Return what looks like a packet of `device`."""
    return packet.pack_header(messages.EVENT, 0, device, 0, 0) + said + bytes(packet.SHORT_TAG)


ONE, TWO = of(1, b"one"), of(2, b"two")
FORGED = of(1, b"forged")


class Hearing:
    """What came over a way; everything but FORGED is authentic."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[bytes, Reply]] = asyncio.Queue()

    def __call__(self, way: str, said: bytes, reply: Reply) -> bool:
        self.heard.put_nowait((said, reply))
        return said != FORGED

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
            writer.write(b"noise" + encode_frame(ONE) + encode_frame(TWO)[:3])
            heard, reply = await hearing.next()
            assert heard == ONE
            writer.write(encode_frame(TWO)[3:])
            assert (await hearing.next())[0] == TWO
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
            assert await ended(reader)
            writer.close()

    run(story)


def test_tcp_keeps_who_proved_itself() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0, proof_s=0.2)
        async with served(way) as hearing:
            _, writer = await asyncio.open_connection("127.0.0.1", way.port)
            writer.write(encode_frame(ONE))
            await hearing.next()
            await asyncio.sleep(0.4)
            # Also if what follows is refused, such as a repetition.
            for said in (FORGED, ONE):
                writer.write(encode_frame(said))
                assert (await hearing.next())[0] == said
            writer.close()

    run(story)


def test_tcp_has_room_for_so_many() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0, connections=1)
        async with served(way) as hearing:
            _, first = await asyncio.open_connection("127.0.0.1", way.port)
            first.write(encode_frame(ONE))
            await hearing.next()
            reader, second = await asyncio.open_connection("127.0.0.1", way.port)
            assert await ended(reader)
            assert way.refused == 1
            first.close()
            second.close()

    run(story)


def test_tcp_sends_away_who_says_much_and_proves_nothing() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0)
        async with served(way) as hearing:
            for said in (b"endless", encode_frame(FORGED)):
                reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
                with suppress(OSError):
                    for _ in range(20_000):
                        writer.write(said)
                        await writer.drain()
                assert await ended(reader)
                writer.close()
            assert hearing.heard.qsize() < 2000

    run(story)


def test_tcp_has_room_for_a_device_while_one_address_holds_all_places() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0, connections=4)
        async with served(way) as hearing:
            _, proven = await connected(way, "127.0.0.1")
            proven.write(encode_frame(ONE))
            assert (await hearing.next())[0] == ONE
            _, waiting = await connected(way, "127.0.0.3")
            crowd = [await connected(way, "127.0.0.2") for _ in range(30)]
            # The oldest of those that prove nothing is gone, not who waits elsewhere.
            assert await ended(crowd[0][0])
            waiting.write(encode_frame(TWO))
            assert (await hearing.next())[0] == TWO
            proven.write(encode_frame(ONE))
            assert (await hearing.next())[0] == ONE
            assert way.refused == 28
            for _, writer in (*crowd, ("", proven), ("", waiting)):
                writer.close()

    run(story)


def test_a_device_has_one_connection_and_it_is_the_newest() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0, proof_s=0.5)
        async with served(way) as hearing:
            first, second = [await connected(way, "127.0.0.1") for _ in range(2)]
            first[1].write(encode_frame(ONE))
            await hearing.next()
            second[1].write(encode_frame(ONE))
            await hearing.next()
            assert await ended(first[0])
            older = await connected(way, "127.0.0.1")
            newest = await connected(way, "127.0.0.1")
            newest[1].write(encode_frame(ONE))
            await hearing.next()
            # What was under way on another when the device changed over takes nothing back.
            older[1].write(encode_frame(ONE))
            await hearing.next()
            assert await ended(older[0])
            newest[1].write(encode_frame(ONE))
            assert (await hearing.next())[0] == ONE
            newest[1].close()

    run(story)


def test_a_connection_that_several_devices_share_stays_until_the_last_has_moved() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0)
        async with served(way) as hearing:
            gateway, other = [await connected(way, "127.0.0.1") for _ in range(2)]
            for writer, said in ((gateway[1], ONE), (gateway[1], TWO), (other[1], ONE)):
                writer.write(encode_frame(said))
                await hearing.next()
            gateway[1].write(encode_frame(TWO))
            assert (await hearing.next())[0] == TWO
            other[1].write(encode_frame(TWO))
            await hearing.next()
            assert await ended(gateway[0])
            other[1].close()

    run(story)


async def connected(way: Tcp, source: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", way.port, local_addr=(source, 0))


async def ended(reader: asyncio.StreamReader) -> bool:
    """Wait until the hub has closed a connection."""
    try:
        return await asyncio.wait_for(reader.read(), WAIT_S) == b""
    except ConnectionResetError:
        return True


def test_tcp_takes_more_connections_than_a_process_may_have_files_at_first() -> None:
    async def story() -> None:
        way = Tcp("127.0.0.1", 0)
        async with served(way) as hearing:
            for number in range(connections):
                _, writer = await asyncio.open_connection("127.0.0.1", way.port)
                writer.write(encode_frame(of(number + 1)))
                assert (await hearing.next())[0] == of(number + 1)
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
                heard, reply = await hearing.next()
                assert heard == b"one"
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
            for said in (b"one", b"two"):
                async with terminal(tmp_path) as (_, device):
                    await asyncio.sleep(2.2)
                    os.write(device, encode_frame(said))
                    heard, reply = await hearing.next()
                    assert heard == said
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
            answers = {0x85: [encode_frame(of(5))], 0x86: [b"\0", encode_frame(of(6))]}
            async with served(bus) as hearing:
                while len(polled) < 8:
                    for poll in decoder.feed(await read(descriptor)):
                        polled.append(poll)
                        if poll[0] != 0x87:
                            waiting = answers[poll[0]]
                            os.write(descriptor, waiting.pop(0) if waiting else b"\0")
                assert (await hearing.next())[0] == of(5)
                assert (await hearing.next())[0] == of(6)
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
            for byte in encode_frame(of(5, b"piecemeal")):
                os.write(descriptor, bytes([byte]))
                await asyncio.sleep(0.001)
            assert (await hearing.next())[0] == of(5, b"piecemeal")

    run(story)


def test_a_device_that_floods_the_bus_takes_nobody_s_turn_and_nobody_s_answers(
    tmp_path: Path,
) -> None:
    """Five is well. Six says far more than it is asked, in its own name, in Five's, and noise."""

    async def story() -> None:
        async with terminal(tmp_path) as (path, descriptor):
            bus = Bus(path, [5, 6])
            to_five = bus.route(5)
            assert to_five is not None
            flood = b"noise" + encode_frame(of(6)) * 40 + encode_frame(of(5, b"forged"))
            polled: list[bytes] = []
            decoder = FrameDecoder()
            told = 0
            async with served(bus) as hearing:
                while told < 6:
                    for poll in decoder.feed(await read(descriptor)):
                        polled.append(poll)
                        if poll[0] == 0x85:
                            told += 1
                            # What Six said last is still on its way.
                            os.write(descriptor, flood[:300] + encode_frame(of(5, b"%d" % told)))
                        else:
                            os.write(descriptor, flood)
                            assert to_five(b"answer")
            heard = [hearing.heard.get_nowait() for _ in range(hearing.heard.qsize())]
            of_five = [each for each, _ in heard if each[:6] == of(5)[:6]]
            assert of_five[:5] == [of(5, b"%d" % number) for number in range(1, 6)]
            assert len(heard) > 5
            # What was for Five has gone to Five, each in its turn.
            assert [each[:1] for each in polled[:10]] == [b"\x85", b"\x86"] * 5
            assert all(each[1:] == b"answer" for each in polled[2:10:2])
            assert all(each == b"\x86" for each in polled[1:10:2])

    run(story)
