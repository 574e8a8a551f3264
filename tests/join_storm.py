"""All devices of a site come back at once after an outage, and one in ten calls for help.

`python tests/join_storm.py DEVICES` (`make join-storm`) shows how long it takes until the hub, in a
process of its own, has let all of them in, and how much memory it takes. Nobody waits for their
turn, as devices do (docs/PROTOCOL.md 4.2): all connect within the same moment.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from linli_protocol import codes, messages
from linli_tools.bench.hub import mix
from linli_tools.bench.hub.device import Device
from linli_tools.bench.hub.process import hub
from linli_tools.bench.hub.site import make_site
from linli_tools.bench.server import free_port

COMMUNITY_KEY = "community.key"
KINDS = {"buttons, which call": codes.PANIC, "doors": codes.DOOR, "meters": codes.METER}
WAIT_S = 300
_OTHER_FILES = 100


class Returning(asyncio.Protocol):
    """A device that joins, greets the hub and, if it is a button, calls for help."""

    def __init__(self, device: Device, storm: "Storm") -> None:
        self._device = device
        self._storm = storm
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._device.begin())

    def connection_lost(self, error: Exception | None) -> None:
        self._storm.lost += 1

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        answer, acknowledged = self._device.hear(data)
        if answer:
            self._transport.write(answer)
            if mix.kind_of(self._device.index) == codes.PANIC:
                call = {"incident": 1, "time": int(time.time()), "cause": codes.PRESS}
                body = messages.encode(messages.ALARM, call)
                self._transport.write(self._device._sealed(messages.ALARM, body)[1])
        self._storm.took(self._device.index, len(acknowledged))


class Storm:
    """What has come of it; `done`: s from the beginning until the hub had all of a device."""

    def __init__(self) -> None:
        self.lost = 0
        self.done: dict[int, float] = {}
        self._began = time.monotonic()
        self._acknowledged: Counter[int] = Counter()

    def took(self, index: int, messages: int) -> None:
        """Note that the hub has so many messages more of a device."""
        self._acknowledged[index] += messages
        said = 2 if mix.kind_of(index) == codes.PANIC else 1
        if self._acknowledged[index] >= said:
            self.done.setdefault(index, time.monotonic() - self._began)

    def delays(self, kind: int) -> list[float]:
        """Return, sorted, when the devices of a kind were done."""
        return sorted(at for index, at in self.done.items() if mix.kind_of(index) == kind)


async def storm(port: int, devices: list[Device]) -> Storm:
    """Have all devices come at once; return when the hub has heard all of them."""
    happened = Storm()
    loop = asyncio.get_running_loop()

    async def come(device: Device) -> asyncio.BaseTransport:
        while True:
            try:
                transport, _ = await loop.create_connection(
                    lambda: Returning(device, happened), "127.0.0.1", port
                )
                return transport
            except OSError:
                await asyncio.sleep(1)

    there = await asyncio.gather(*(come(each) for each in devices))
    async with asyncio.timeout(WAIT_S):
        while len(happened.done) < len(devices):
            await asyncio.sleep(0.1)
    assert not happened.lost, f"{happened.lost} devices were sent away"
    for each in there:
        each.close()
    return happened


def main() -> None:
    """Print what came of it."""
    count = int(sys.argv[1])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(count + _OTHER_FILES, hard), hard))
    with tempfile.TemporaryDirectory() as scratch:
        port = free_port()
        config = make_site(Path(scratch) / "site", count, port, free_port())
        key = bytes.fromhex((config.parent / COMMUNITY_KEY).read_text())
        devices = [Device(key, index) for index in range(count)]
        with hub(config, port) as process:
            before = process.taken()
            happened = asyncio.run(storm(port, devices))
            after = process.taken()
    print("| of all that came | devices | half heard after s | 99 % | all |")
    print("|---|---|---|---|---|")
    for name, kind in KINDS.items():
        delays = happened.delays(kind)
        marks = delays[len(delays) // 2], delays[len(delays) * 99 // 100], delays[-1]
        print(f"| {name} | {len(delays)} |", " | ".join(f"{at:.1f}" for at in marks), "|")
    memory = f"{before.memory >> 20} MiB before and {after.memory >> 20} MiB after"
    print(f"The hub took {after.cpu_s - before.cpu_s:.1f} s of a processor, and {memory}.")


if __name__ == "__main__":
    main()
