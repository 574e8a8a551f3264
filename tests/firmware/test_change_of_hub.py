"""A door and its site's hubs, over real connections: whoever serves, each event counts once."""

import asyncio
import copy
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from echo_devices import MICROPYTHON, ROOT, WAIT_S, needs_micropython
from linli_firmware.store import MemoryStore
from linli_hub.core import Hub
from linli_protocol import codes, messages
from linli_protocol.bearer import Bearer
from linli_protocol.framing import FrameDecoder, encode_frame
from linli_protocol.types import Fields

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the hubs' addresses are those that Linux's loopback has"
)

COMMUNITY_KEY = bytes(range(16))  # test key
DEVICE = 7
EVENTS = 60
# A tenth of what holds in operation.
CONSTANTS = {
    "connection.CONNECT_MS": 300,
    "tcp.SHORT_SILENCE_MS": 500,
    "silence.ANSWER_MS": 100,
    "tcp.ACK_TIMEOUT_MS": 100,
    "backoff.FIRST_MS": 100,
}


class Standing:
    """A hub that listens at `host`; `begin` has it serve, `fall_silent` do nothing any more."""

    def __init__(self, host: str, port: int, counted: Counter[int]) -> None:
        self.results: list[int] = []
        self.store = MemoryStore()
        self._at = (host, port)
        self._counted = counted
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._is_silent = False

    async def begin(self, term: int, store: MemoryStore) -> None:
        self.store = store
        self._is_silent = False
        now = asyncio.get_running_loop().time
        began = now()
        self._now = lambda: round((now() - began) * 1000)
        self.hub = Hub(
            COMMUNITY_KEY,
            store,
            os.urandom,
            lambda now: (1_800_000_000 + now // 1000, 0),
            self._hear,
            term=term,
        )
        self.hub.enrol(DEVICE, [Bearer("tcp", 240)])
        if self._server is None:
            self._server = await asyncio.start_server(self._talk, *self._at)

    def fall_silent(self) -> None:
        self._is_silent = True

    async def break_off(self) -> None:
        """End in the middle of a frame, and listen no more."""
        self._is_silent = True
        assert self._server is not None
        self._server.close()
        self._server = None
        for writer in self._writers:
            writer.write(encode_frame(bytes(30))[:9])
            writer.close()
        self._writers.clear()
        await asyncio.sleep(0)

    def _hear(self, device: int, kind: int, fields: Fields, now: int) -> None:
        if kind == messages.EVENT and fields["code"] == codes.DENIED_UNKNOWN:
            self._counted[fields["sequence"]] += 1
        elif kind == messages.RESULT:
            self.results.append(fields["status"])

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        decoder = FrameDecoder()
        while not reader.at_eof():
            data = b""
            with suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    data = await reader.read(4096)
            if self._is_silent:
                continue
            for packet in decoder.feed(data):
                self.hub.receive("tcp", packet, self._now())
            for _, _, packet in self.hub.poll(self._now()):
                writer.write(encode_frame(packet))


@asynccontextmanager
async def door(interpreter: list[str], hosts: list[str], port: int) -> AsyncIterator[None]:
    program = str(Path(__file__).parents[1] / "door_on_tcp.py")
    settings = json.dumps({"host": hosts, "port": port})
    process = subprocess.Popen(
        [*interpreter, program, str(EVENTS), "30", settings, json.dumps(CONSTANTS)],
        cwd=ROOT,
        env={
            "MICROPYPATH": "protocol:firmware:.frozen",
            "PYTHONPATH": "protocol:native:firmware",
        },
    )
    try:
        yield
        assert process.poll() is None, "the door has failed"
    finally:
        process.kill()
        process.wait()


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not is_so():
            await asyncio.sleep(0.01)


class Hole:
    """An address that swallows whatever asks for a connection: its queue of them is full."""

    def __init__(self, host: str, port: int) -> None:
        self._listener = socket.create_server((host, port), backlog=0)
        self._fillers = []
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect((host, port))
            self._fillers.append(filler)

    def close(self) -> None:
        for each in (self._listener, *self._fillers):
            each.close()


async def story(interpreter: list[str]) -> None:
    with socket.create_server(("127.0.0.2", 0)) as free:
        port = free.getsockname()[1]
    hosts = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    counted: Counter[int] = Counter()
    first, second = (Standing(host, port, counted) for host in hosts[:2])
    hole = Hole(hosts[2], port)
    try:
        await first.begin(1, MemoryStore())
        async with door(interpreter, hosts, port):
            await until(lambda: len(counted) > EVENTS // 4)
            await first.break_off()
            # Meanwhile nobody serves.
            await asyncio.sleep(0.3)
            await second.begin(2, copy.deepcopy(first.store))
            await until(lambda: len(counted) > EVENTS // 2)
            second.fall_silent()
            await first.begin(3, copy.deepcopy(second.store))
            first.hub.command(DEVICE, codes.REPORT_HEALTH, 0, 60)
            await until(lambda: len(counted) == EVENTS and first.results)
            await asyncio.sleep(0.3)
    finally:
        hole.close()
    assert sorted(counted) == list(range(min(counted), min(counted) + EVENTS))
    assert set(counted.values()) == {1}
    assert first.results == [codes.DONE] and not first.hub.superseded


def test_nothing_is_lost_or_counted_twice_by_a_door_on_cpython() -> None:
    asyncio.run(story([sys.executable]))


@needs_micropython
def test_nothing_is_lost_or_counted_twice_by_a_door_on_micropython() -> None:
    assert MICROPYTHON
    asyncio.run(story([MICROPYTHON, "-X", "heapsize=4M"]))
