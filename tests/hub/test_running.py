"""A site at work: a device over TCP, a broker above, and a hub that no failure of it ends."""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiomqtt
import pytest

from linli_firmware.store import MemoryStore
from linli_hub.configuration import load
from linli_hub.live import running as live
from linli_hub.live.running import RunningSite
from linli_hub.northbound.mqtt.settings import SettingsError
from linli_hub.registry import ENROLLED
from linli_hub.site import Site, make
from linli_hub.storage import log_table
from linli_protocol import codes, keys, messages
from linli_protocol.bearer import Bearer
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.framing import FrameDecoder, encode_frame
from linli_protocol.link import Link
from mosquitto import MOSQUITTO, Authority, Broker

HOST = "localhost"
DEVICE = 0x2A
WAIT_S = 20
HELLO = {"device_kind": codes.METER, "firmware": 1, "boots": 1, "reset_cause": 1}

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="no broker: apt-get install mosquitto")


def made(folder: Path, settings: str) -> Site:
    path = make(folder, "lin", "correct horse battery", 0)
    path.write_text(f'ways = [{{ kind = "tcp", port = 0 }}]\n{settings}')
    site = Site(load(path))
    body = {"device": DEVICE, "kind": "meter", "generation": 0, "ways": ["tcp"], "by": "lin"}
    site.tell(ENROLLED, body, 0)
    return site


@asynccontextmanager
async def at_work(site: Site) -> AsyncIterator[RunningSite]:
    running = RunningSite(site)
    task = asyncio.create_task(running.run())
    try:
        async with asyncio.timeout(WAIT_S):
            while not running.ways["tcp"].port:  # type: ignore[attr-defined]
                await asyncio.sleep(0.01)
            yield running
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Device:
    """A device's link over a real connection."""

    def __init__(self, site: Site) -> None:
        root = keys.root_key(site.community_key, DEVICE, 0)
        store = MemoryStore()
        settings = {"join_spread_ms": 0}
        association = DeviceAssociation(
            root, DEVICE, codes.METER, store, os.urandom, lambda *_: None, settings
        )
        self.link = Link(association, [Bearer("tcp", 240)], store, os.urandom)
        self.got: list[tuple[int, dict]] = []

    async def run(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        decoder = FrameDecoder()
        self.link.start(self.now())
        self.link.send(messages.HELLO, HELLO, self.now())
        while True:
            for _, packet in self.link.poll(self.now()):
                writer.write(encode_frame(packet))
            with suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    for packet in decoder.feed(await reader.read(4096)):
                        delivery = self.link.receive(0, packet, self.now())
                        if delivery is not None:
                            self.got.append((delivery.kind, delivery.fields))

    def now(self) -> int:
        return round(asyncio.get_running_loop().time() * 1000)


def test_what_a_device_says_is_on_the_broker_and_a_command_comes_back(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")

    async def story(site: Site, broker: Broker) -> None:
        context = ssl.create_default_context(cafile=authority.pem)
        async with (
            aiomqtt.Client(HOST, broker.port, tls_context=context) as watcher,
            at_work(site) as running,
        ):
            await watcher.subscribe("linli/hemu/log/health/#", qos=1)
            device = Device(site)
            tcp = running.ways["tcp"]
            speaking = asyncio.create_task(device.run(tcp.port))  # type: ignore[attr-defined]
            device.link.send(messages.HEALTH, {"time": 1, "uptime_s": 7}, device.now())
            heard = await anext(aiter(watcher.messages))
            assert str(heard.topic) == f"linli/hemu/log/health/{DEVICE:08x}"
            assert json.loads(heard.payload)["body"]["uptime_s"] == 7
            expires = running.clock.unix_us() // 1_000_000 + 60
            await watcher.publish(
                f"linli/hemu/device/{DEVICE:08x}/command",
                json.dumps({"command": "read now", "expires": expires}),
                qos=1,
            )
            while not any(kind == messages.COMMAND for kind, _ in device.got):
                await asyncio.sleep(0.01)
            speaking.cancel()

    with Broker(tmp_path, authority.issue(HOST)) as broker:
        settings = (
            f'[mqtt]\nsite = "hemu"\nhost = "{HOST}"\nport = {broker.port}\n'
            f'ca = "{authority.pem}"\ncommands = ["read now"]\n'
        )
        site = made(tmp_path / "site", settings)
        asyncio.run(story(site, broker))
        rows = [row.record for row in log_table.read(site.database)]
        site.close()
    (command,) = [json.loads(record.body) for record in rows if record.kind == live.COMMAND]
    assert command["by"] == "broker of hemu"
    assert command["device"] == DEVICE


def test_an_uplink_that_fails_ends_no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("linli_hub.northbound.mqtt.bridge.Bridge.run", broken)

    async def story(site: Site) -> None:
        async with at_work(site) as running:
            device = Device(site)
            tcp = running.ways["tcp"]
            speaking = asyncio.create_task(device.run(tcp.port))  # type: ignore[attr-defined]
            while device.link.association.current is None:
                await asyncio.sleep(0.01)
            speaking.cancel()

    site = made(tmp_path / "site", '[mqtt]\nsite = "hemu"\nhost = "localhost"\ntls = false\n')
    asyncio.run(story(site))
    site.close()


def test_an_uplink_whose_files_are_missing_is_refused_at_once(tmp_path: Path) -> None:
    site = made(tmp_path / "site", '[mqtt]\nsite = "hemu"\nhost = "localhost"\nca = "ca.pem"\n')
    with pytest.raises(SettingsError, match=r"site/ca\.pem"):
        RunningSite(site)
    site.journal.start()
    site.close()
