"""The log on a real broker: nothing is lost when it dies, hangs or refuses; states stand there."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiomqtt
import jinja2
import jsonschema
import pytest

from linli_hub.northbound import mqtt
from linli_hub.northbound.mqtt import bridge as bridge_module
from linli_hub.northbound.mqtt import client as client_module
from linli_hub.northbound.mqtt.bridge import Bridge
from linli_hub.northbound.mqtt.client import Client
from linli_hub.northbound.mqtt.settings import Mqtt, SettingsError
from linli_hub.northbound.mqtt.topics import Topics
from linli_hub.storage import open_database
from mosquitto import MOSQUITTO, Authority, Broker
from northbound_site import WAIT_S, LogSite

HOST = "127.0.0.1"
LOGIN = ("hub", "correct horse")

Story = Callable[[], Awaitable[None]]

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="no broker: apt-get install mosquitto")


def schema(name: str) -> jsonschema.Draft202012Validator:
    text = (files(mqtt) / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    document = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


ROW, STATE, COMMAND = schema("row"), schema("state"), schema("command")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Broker]:
    with Broker(tmp_path, authority.issue(HOST), LOGIN) as running:
        yield running


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LogSite]:
    database = open_database(str(tmp_path / "hub.db"))
    made = LogSite(database)
    yield made
    made.close()
    database.close()


def settings(broker: Broker, authority: Authority, folder: Path, **changes: Any) -> Mqtt:
    (folder / "password").write_text(LOGIN[1] + "\n")
    values: dict[str, Any] = {
        "site": "hemu",
        "host": HOST,
        "port": broker.port,
        "ca": authority.pem,
        "username": LOGIN[0],
        "password_file": folder / "password",
        "history": True,
    }
    return Mqtt.model_validate(values | changes)


class Watcher:
    """Whoever else is on the broker: hears everything."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.rows: list[int] = []
        self.heard: dict[str, bytes] = {}
        self._changed = asyncio.Event()

    async def listen(self) -> None:
        async for message in self.client.messages:
            topic, payload = str(message.topic), bytes(message.payload)
            self.heard[topic] = payload
            if topic.startswith("linli/hemu/log/"):
                document = json.loads(payload)
                ROW.validate(document)
                self.rows.append(document["row"])
            elif topic.endswith("/state") and payload:
                STATE.validate(json.loads(payload))
            self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def json(self, topic: str) -> Any:
        return json.loads(self.heard[topic])


@asynccontextmanager
async def watching(broker: Broker, authority: Authority) -> AsyncIterator[Watcher]:
    context = ssl.create_default_context(cafile=str(authority.pem))
    async with aiomqtt.Client(
        HOST, broker.port, username=LOGIN[0], password=LOGIN[1], tls_context=context
    ) as client:
        await client.subscribe("#", qos=0)
        watcher = Watcher(client)
        task = asyncio.create_task(watcher.listen())
        try:
            yield watcher
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def make(site: LogSite, settings: Mqtt, commands: list[tuple[int, int, int]]) -> Bridge:
    def command(device: int, operation: int, life_s: int) -> None:
        if device != 7:
            raise KeyError(device)
        commands.append((device, operation, life_s))

    return Bridge(settings, site.database, site.journal, site.vault, site.unix_us, command)


@asynccontextmanager
async def running(bridge: Bridge) -> AsyncIterator[None]:
    task = asyncio.create_task(bridge.run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def tell(story: Story) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(WAIT_S):
            await story()

    asyncio.run(bounded())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def test_rows_and_states_arrive_as_documented(
    broker: Broker, authority: Authority, site: LogSite, tmp_path: Path
) -> None:
    async def story() -> None:
        bridge = make(site, settings(broker, authority, tmp_path), [])
        async with watching(broker, authority) as watcher:
            async with running(bridge):
                site.message("reading", 0x2A, time=1, volume_l=5, flags=0)
                site.message("event", 0x2A, sequence=1, time=1, code=32)
                site.say("erasure", 0, {"household": 1, "keys": [3], "by": "lin", "reason": "x"})
                site.settle()
                bridge.forwarder.wake()
                state = "linli/hemu/device/0000002a/state"
                await watcher.until(lambda: len(watcher.rows) == 3 and state in watcher.heard)
                assert bridge.trouble is None
                assert watcher.json("linli/hemu/log/reading/0000002a") == {
                    "row": 1,
                    "time": "2027-01-15T08:00:01.000000Z",
                    "kind": "reading",
                    "device": "0000002a",
                    "key": 0,
                    "body": {"time": 1, "volume_l": 5, "flags": 0},
                }
                assert watcher.json("linli/hemu/log/erasure/hub")["body"] == {"keys": [3]}
                assert watcher.json(state)["parts"]["register"]["body"]["volume_l"] == 5
                await watcher.until(lambda: watcher.json(state)["conditions"] == {"leak": True})
                availability = "linli/hemu/device/0000002a/availability"
                await watcher.until(lambda: watcher.heard.get(availability) == b"online")
                assert watcher.heard["linli/hemu/status"] == b"online"
            await watcher.until(lambda: watcher.heard["linli/hemu/status"] == b"offline")
        async with watching(broker, authority) as late:
            await late.until(lambda: state in late.heard and "linli/hemu/status" in late.heard)
            assert late.rows == []

    tell(story)


def test_a_broker_that_dies_loses_nothing(
    broker: Broker,
    authority: Authority,
    site: LogSite,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows go on while it is away; what was under way comes again, known by its number.

    What the broker has acknowledged and told nobody yet is its own to lose.
    """
    gate = asyncio.Event()
    acknowledged: set[int] = set()

    class AfterWatcher(Client):
        async def __aenter__(self) -> "AfterWatcher":
            await gate.wait()
            return await super().__aenter__()

        async def send(self, topic: str, payload: bytes | str, retain: bool = False) -> None:
            await super().send(topic, payload, retain)
            if "/log/" in topic:
                acknowledged.add(json.loads(payload)["row"])

    monkeypatch.setattr(bridge_module, "Client", AfterWatcher)

    async def story() -> None:
        hurried = {"sealed": ("health",), "backlog_rows_s": 1e6}
        bridge = make(site, settings(broker, authority, tmp_path, **hurried), [])
        async with running(bridge):
            async with watching(broker, authority) as watcher:
                gate.set()
                for number in range(2500):
                    site.message("health", number % 20 + 1, uptime_s=number)
                site.settle()
                bridge.forwarder.wake()
                await watcher.until(lambda: len(watcher.rows) >= 300)
                gate.clear()
                broker.stop()
            for number in range(100):
                site.message("health", number % 20 + 1, uptime_s=number)
            site.alarm(7, 1)
            site.settle()
            await until(lambda: bridge.trouble is not None)
            before = set(acknowledged)
            assert 0 < len(before) < 2500
            broker.start()
            async with watching(broker, authority) as watcher:
                gate.set()
                await watcher.until(lambda: before.union(watcher.rows) == set(range(1, 2602)))
                assert watcher.rows[0] == 2601
                await watcher.until(lambda: "linli/hemu/device/00000001/state" in watcher.heard)

    tell(story)


def test_a_broker_that_hangs_slows_nothing_and_loses_nothing(
    broker: Broker, authority: Authority, site: LogSite, tmp_path: Path
) -> None:
    async def story() -> None:
        bridge = make(site, settings(broker, authority, tmp_path), [])
        async with watching(broker, authority) as watcher, running(bridge):
            await until(lambda: bridge.trouble is None)
            broker.freeze()
            for number in range(3000):
                site.message("health", 1, uptime_s=number)
            last = site.settle()
            bridge.forwarder.wake()
            await asyncio.sleep(0.3)
            assert bridge.forwarder.sent == 0
            assert bridge.forwarder.waiting == last
            broker.thaw()
            await watcher.until(lambda: set(watcher.rows) == set(range(1, last + 1)))

    tell(story)


def test_what_the_broker_refuses_has_not_gone(
    authority: Authority, site: LogSite, tmp_path: Path
) -> None:
    (tmp_path / "acl").write_text("topic readwrite linli/hemu/status\n")
    rules = f"acl_file {tmp_path / 'acl'}"

    async def story(broker: Broker) -> None:
        nobody = {"username": None, "password_file": None}
        bridge = make(site, settings(broker, authority, tmp_path, **nobody), [])
        site.message("health", 1, uptime_s=1)
        site.settle()
        async with running(bridge):
            await until(lambda: "Not authorized" in str(bridge.trouble))
            assert bridge.forwarder.waiting == 1
            assert bridge.forwarder.sent == 0

    with Broker(tmp_path, authority.issue(HOST), settings=rules) as strict:
        tell(lambda: story(strict))


def test_the_broker_tells_when_the_hub_is_gone(
    broker: Broker, authority: Authority, tmp_path: Path
) -> None:
    async def story() -> None:
        told = settings(broker, authority, tmp_path)
        async with watching(broker, authority) as watcher:
            with pytest.raises(aiomqtt.MqttError):
                async with Client(told, Topics("hemu")) as client:
                    await client.send("linli/hemu/status", "online", retain=True)
                    client._client.socket().shutdown(socket.SHUT_RDWR)
                    async for _ in client.messages:
                        pass
            await watcher.until(lambda: watcher.heard.get("linli/hemu/status") == b"offline")

    tell(story)


def test_the_hub_shows_its_certificate(
    authority: Authority, site: LogSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A broker that wants a certificate says so after the handshake, by silence to aiomqtt.
    monkeypatch.setattr(client_module, "_CONNECT_S", 0.5)
    rules = f"cafile {authority.pem}\nrequire_certificate true\nuse_identity_as_username true"
    mine = authority.issue("hub.hemu")

    async def story(broker: Broker) -> None:
        nobody = {"username": None, "password_file": None}
        plain = settings(broker, authority, tmp_path, **nobody)
        without = make(site, plain, [])
        async with running(without):
            await until(lambda: without.trouble not in (None, "not connected yet"))
        shown = plain.model_copy(update={"certificate": mine[0], "key": mine[1]})
        bridge = make(site, shown, [])
        async with running(bridge):
            await until(lambda: bridge.trouble is None)

    with Broker(tmp_path, authority.issue(HOST), settings=rules) as strict:
        tell(lambda: story(strict))


def test_a_broker_of_another_authority_is_told_nothing(
    broker: Broker, site: LogSite, authority: Authority, tmp_path: Path
) -> None:
    async def story() -> None:
        other = Authority(tmp_path, "other")
        bridge = make(site, settings(broker, authority, tmp_path, ca=other.pem), [])
        async with running(bridge):
            await until(lambda: "CERTIFICATE_VERIFY_FAILED" in str(bridge.trouble))

    tell(story)


def test_sealed_rows_stay_unless_their_class_is_named(
    broker: Broker, authority: Authority, site: LogSite, tmp_path: Path
) -> None:
    async def story() -> None:
        site.message("reading", 2, "household 1", time=1, volume_l=5, flags=0)
        site.alarm(3, 1)
        site.message("health", 4, uptime_s=1)
        site.settle()
        bridge = make(site, settings(broker, authority, tmp_path, sealed=("personal",)), [])
        async with watching(broker, authority) as watcher, running(bridge):
            await watcher.until(lambda: len(watcher.rows) == 2)
            await until(lambda: not bridge.forwarder.waiting)
            assert watcher.rows == [1, 3]
            assert watcher.json("linli/hemu/log/reading/00000002")["key"] == 1

    tell(story)


def test_a_device_shows_up_in_home_assistant_until_it_is_retired(
    broker: Broker, authority: Authority, site: LogSite, tmp_path: Path
) -> None:
    config = "homeassistant/device/linli_hemu_0000002a/config"
    state = "linli/hemu/device/0000002a/state"

    async def story() -> None:
        told = settings(broker, authority, tmp_path, discovery="homeassistant", sealed=("health",))
        enrolled = {"device": 0x2A, "kind": "panic", "generation": 0, "ways": ["tcp"], "by": "lin"}
        site.say("enrolled", 0x2A, enrolled)
        site.message("health", 0x2A, time=1, uptime_s=1, battery_mv=2900)
        site.message("measurement", 0x2A, time=1, quantity=5, value=21_500)
        site.message("event", 0x2A, sequence=1, time=1, code=82)
        site.settle()
        async with watching(broker, authority) as watcher, running(make(site, told, [])):
            await watcher.until(lambda: config in watcher.heard and state in watcher.heard)
            check_announcement(watcher.json(config), watcher.json(state))
            assert "lin" not in watcher.json(state)["parts"]["enrolled"]["body"].values()
        site.alarm(0x2A, 1)
        site.say("retired", 0x2A, {"device": 0x2A, "by": "lin"})
        site.settle()
        async with watching(broker, authority) as watcher:
            await watcher.until(lambda: config in watcher.heard)
            async with running(make(site, told, [])):
                await watcher.until(lambda: not watcher.heard[config] and not watcher.heard[state])
                alarm = "linli/hemu/log/alarm/0000002a"
                await watcher.until(lambda: alarm in watcher.heard)
                assert render(component["value_template"], watcher.json(alarm)) == (
                    '{"event_type": "press"}'
                )
        async with watching(broker, authority) as watcher:
            await watcher.until(lambda: "linli/hemu/status" in watcher.heard)
            assert set(watcher.heard) == {"linli/hemu/status"}

    component: dict[str, Any] = {}

    def check_announcement(told: Any, state: Any) -> None:
        assert told["device"]["identifiers"] == ["linli_hemu_0000002a"]
        assert told["device"]["name"] == "panic 0000002a"
        assert told["origin"]["name"] == "linli"
        assert [each["topic"] for each in told["availability"]] == [
            "linli/hemu/status",
            "linli/hemu/device/0000002a/availability",
        ]
        assert told["availability_mode"] == "all"
        parts = told["components"]
        assert {name: each["platform"] for name, each in parts.items()} == {
            "health_battery_mv": "sensor",
            "measurement_5_value": "sensor",
            "battery_low": "binary_sensor",
            "alarm": "event",
        }
        unique = [each["unique_id"] for each in parts.values()]
        assert len(set(unique)) == len(unique)
        assert render(parts["health_battery_mv"]["value_template"], state) == "2900"
        assert render(parts["measurement_5_value"]["value_template"], state) == "21.5"
        assert render(parts["battery_low"]["value_template"], state) == "ON"
        nothing = {"parts": {}, "conditions": {}}
        for name in ("health_battery_mv", "measurement_5_value", "battery_low"):
            assert render(parts[name]["value_template"], nothing) == "None"
        assert parts["alarm"]["event_types"] == ["press", "fall", "inactivity"]
        component.update(parts["alarm"])

    tell(story)


def render(template: str, value_json: Any) -> str:
    return jinja2.Environment().from_string(template).render(value_json=value_json)


def test_a_silent_device_is_offline(
    broker: Broker, authority: Authority, site: LogSite, tmp_path: Path
) -> None:
    async def story() -> None:
        site.message("health", 1, uptime_s=1)
        for _ in range(100):
            site.message("health", 2, uptime_s=1)
        site.settle()
        bridge = make(site, settings(broker, authority, tmp_path, silent_after_s=60), [])
        availability = "linli/hemu/device/{}/availability".format
        async with watching(broker, authority) as watcher, running(bridge):
            await watcher.until(lambda: availability("00000002") in watcher.heard)
            assert watcher.heard[availability("00000002")] == b"online"
            assert watcher.heard[availability("00000001")] == b"offline"

    tell(story)


def test_commands_are_taken_when_they_are_configured(
    broker: Broker, authority: Authority, site: LogSite, tmp_path: Path
) -> None:
    commands: list[tuple[int, int, int]] = []
    expires = site.unix_us() // 1_000_000 + 600
    told = {"command": "read now", "expires": expires}
    COMMAND.validate(told)

    async def story(accepted: tuple[str, ...]) -> None:
        bridge = make(site, settings(broker, authority, tmp_path, commands=accepted), commands)
        async with watching(broker, authority) as watcher, running(bridge):
            await until(lambda: bridge.trouble is None)
            await asyncio.sleep(0.1)
            for document in (told, told | {"command": "rekey"}, told | {"expires": 1}):
                payload = json.dumps(document)
                await watcher.client.publish("linli/hemu/device/00000007/command", payload, 1)
            await watcher.client.publish("linli/hemu/device/00000008/command", json.dumps(told), 1)
            await asyncio.sleep(0.2)
            assert commands == ([(7, 6, 600)] if accepted else [])
            assert bridge.commands.refused == (
                {"not accepted": 1, "expired or too long": 1, "unknown device": 1}
                if accepted
                else {}
            )

    tell(lambda: story(()))
    tell(lambda: story(("read now",)))


def test_commands_that_take_two_persons_cannot_be_configured() -> None:
    for word in ("release door", "emergency release", "open valve", "close valve", "nonsense"):
        with pytest.raises(ValueError, match="two persons apart; accepted: read now"):
            Mqtt(site="hemu", host=HOST, commands=(word,))


def test_settings_that_cannot_be_right_are_refused(tmp_path: Path) -> None:
    for wrong, said in (
        ({"tls": False, "host": "broker.example"}, "only a broker on this host"),
        ({"username": "hub"}, "username and password_file go together"),
        ({"certificate": Path("a.pem")}, "certificate and key go together"),
        ({"site": "he/mu"}, "pattern"),
    ):
        with pytest.raises(ValueError, match=said):
            Mqtt.model_validate({"site": "hemu", "host": HOST} | wrong)
    missing = Mqtt(site="hemu", host=HOST, username="hub", password_file=Path("missing"))
    with pytest.raises(SettingsError, match=r"missing: .*No such file"):
        missing.within(tmp_path).password()
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match=r"ca\.pem: "):
        Mqtt(site="hemu", host=HOST, ca=tmp_path / "ca.pem").tls_context()
