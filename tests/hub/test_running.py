"""A site at work: a device over TCP, a broker above, and a hub that no failure of it ends."""

import asyncio
import json
import ssl
from pathlib import Path

import aiomqtt
import pytest

from linli_hub.live import running as live
from linli_hub.live.running import RunningSite
from linli_hub.northbound.mqtt.settings import SettingsError
from linli_hub.site import Site
from linli_hub.storage import log_table
from linli_protocol import codes, messages
from live_site import at_work, made
from mosquitto import MOSQUITTO, Authority, Broker
from tcp_device import TcpDevice

HOST = "localhost"
DEVICE = 0x2A
DEVICES = {DEVICE: "meter"}

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="no broker: apt-get install mosquitto")


def test_what_a_device_says_is_on_the_broker_and_a_command_comes_back(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")

    async def story(site: Site, broker: Broker) -> None:
        context = ssl.create_default_context(cafile=authority.pem)
        async with (
            aiomqtt.Client(HOST, broker.port, tls_context=context) as watcher,
            at_work(site) as running,
        ):
            await watcher.subscribe("linli/hemu/log/health/#", qos=1)
            device = TcpDevice(site.community_key, DEVICE, codes.METER)
            tcp = running.ways["tcp"]
            speaking = asyncio.create_task(device.run(tcp.port))  # type: ignore[attr-defined]
            device.send(messages.HEALTH, {"time": 1, "uptime_s": 7})
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
        site = made(tmp_path / "site", settings, DEVICES)
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
            device = TcpDevice(site.community_key, DEVICE, codes.METER)
            tcp = running.ways["tcp"]
            speaking = asyncio.create_task(device.run(tcp.port))  # type: ignore[attr-defined]
            while device.link.association.current is None:
                await asyncio.sleep(0.01)
            speaking.cancel()

    settings = '[mqtt]\nsite = "hemu"\nhost = "localhost"\ntls = false\n'
    site = made(tmp_path / "site", settings, DEVICES)
    asyncio.run(story(site))
    site.close()


def test_an_uplink_whose_files_are_missing_is_refused_at_once(tmp_path: Path) -> None:
    settings = '[mqtt]\nsite = "hemu"\nhost = "localhost"\nca = "ca.pem"\n'
    site = made(tmp_path / "site", settings)
    with pytest.raises(SettingsError, match=r"site/ca\.pem"):
        RunningSite(site)
    site.journal.start()
    site.close()
