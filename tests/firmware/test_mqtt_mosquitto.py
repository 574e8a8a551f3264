"""MQTT over TLS from a real MicroPython interpreter to a real Mosquitto."""

import time
from pathlib import Path
from typing import Any

import pytest

from echo_devices import EchoDevice, needs_micropython
from mosquitto import MOSQUITTO, Authority, Broker, Hub

pytestmark = [
    needs_micropython,
    pytest.mark.skipif(not MOSQUITTO, reason="no mosquitto: apt-get install mosquitto"),
]

HOST = "localhost"
UP = b"linli/0000002a/up"
DOWN = b"linli/0000002a/down"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


def settings(broker: Broker, authority: Authority, **others: Any) -> dict[str, Any]:
    return {
        "host": HOST,
        "port": broker.port,
        "ca_file": str(authority.der),
        "device": 0x2A,
        **others,
    }


@pytest.mark.parametrize("qos", [0, 1])
def test_packets_go_both_ways(tmp_path: Path, authority: Authority, qos: int) -> None:
    with (
        Broker(tmp_path, authority.issue(HOST)) as broker,
        Hub(broker, HOST, authority) as hub,
        EchoDevice("mqtt", settings(broker, authority, qos=qos)) as device,
    ):
        assert device.line() == "up"
        assert hub.receive() == (UP, b"hello")
        packets = [bytes([number]) * (1 + 4 * number) for number in range(60)]
        for first in range(0, 60, 5):
            for packet in packets[first : first + 5]:
                hub.send(DOWN, packet)
            assert [hub.receive() for _ in range(5)] == [
                (UP, packet) for packet in packets[first : first + 5]
            ]
        hub.send(b"linli/0000002b/down", b"bye")
        hub.send(DOWN, b"x" * 5000)
        hub.send(DOWN, b"counts")
        assert device.counts() == {"dropped": 0, "faults": 0, "refused": 0, "untrusted": 0}
        hub.send(DOWN, b"bye")
        assert device.line() == "stopped" and device.ends() == 0


def test_a_broker_is_reached_by_number_if_its_certificate_says_so(
    tmp_path: Path, authority: Authority
) -> None:
    with Broker(tmp_path, authority.issue("127.0.0.1")) as broker:
        number = settings(broker, authority, host="127.0.0.1")
        with EchoDevice("mqtt", number) as device:
            assert device.line() == "up"


def test_a_certificate_of_another_authority_is_refused(
    tmp_path: Path, authority: Authority
) -> None:
    # It even bears the same name.
    impostor = Authority(tmp_path, "authority")
    with (
        Broker(tmp_path, impostor.issue(HOST)) as broker,
        Hub(broker, HOST, impostor) as hub,
        EchoDevice("mqtt", settings(broker, authority)) as device,
    ):
        assert [device.line(), device.line()] == ["untrusted", "untrusted"]
        hub.send(UP, b"nothing came before this")
        assert hub.receive() == (UP, b"nothing came before this")


@pytest.mark.parametrize(
    ("host", "first_day", "last_day"),
    [("elsewhere", -1, 30), (HOST, -60, -30), (HOST, 30, 60)],
    ids=["another host's", "expired", "not yet valid"],
)
def test_a_certificate_that_does_not_fit_is_refused(
    tmp_path: Path, authority: Authority, host: str, first_day: int, last_day: int
) -> None:
    with (
        Broker(tmp_path, authority.issue(host, first_day, last_day)) as broker,
        EchoDevice("mqtt", settings(broker, authority)) as device,
    ):
        assert device.line() == "untrusted"


def test_who_has_the_wrong_password_stays_out(tmp_path: Path, authority: Authority) -> None:
    with Broker(tmp_path, authority.issue(HOST), ("door", "right")) as broker:
        wrong = settings(broker, authority, user="door", password="wrong")
        with EchoDevice("mqtt", wrong) as device:
            assert device.line() == "refused"
        right = settings(broker, authority, user="door", password="right")
        with EchoDevice("mqtt", right) as device:
            assert device.line() == "up"


def test_the_session_is_made_anew_after_the_broker_has_restarted(
    tmp_path: Path, authority: Authority
) -> None:
    broker = Broker(tmp_path, authority.issue(HOST))
    with broker, EchoDevice("mqtt", settings(broker, authority)) as device:
        assert device.line() == "up"
        broker.stop()
        assert device.line() == "down"
        time.sleep(1)
        broker.start()
        assert device.line() == "up"
        with Hub(broker, HOST, authority) as hub:
            hub.send(DOWN, b"are you there?")
            while hub.receive() != (UP, b"are you there?"):
                pass


def test_of_two_brokers_the_one_that_is_there_is_used(tmp_path: Path, authority: Authority) -> None:
    hosts = ["127.0.0.1", "127.0.0.2"]
    brokers: list[Broker] = []
    for host in hosts:
        folder = tmp_path / host
        folder.mkdir()
        port = brokers[0].port if brokers else 0
        brokers.append(Broker(folder, authority.issue(host), host=host, port=port))
    first, second = brokers
    with second, EchoDevice("mqtt", settings(first, authority, host=hosts)) as device:
        for one, other in ((second, first), (first, second)):
            assert device.line() == "up"
            with Hub(one, one.host, authority) as hub:
                hub.send(DOWN, b"are you there?")
                while hub.receive() != (UP, b"are you there?"):
                    pass
            other.start()
            one.stop()
            assert device.line() == "down"


def test_a_quiet_session_is_kept_alive(tmp_path: Path, authority: Authority) -> None:
    with Broker(tmp_path, authority.issue(HOST)) as broker:
        quiet = settings(broker, authority, keepalive_s=1)
        with Hub(broker, HOST, authority) as hub, EchoDevice("mqtt", quiet) as device:
            assert device.line() == "up"
            # The broker throws out who is silent for one and a half times the keep-alive.
            time.sleep(4)
            hub.send(DOWN, b"counts")
            assert device.counts()["faults"] == 0


def test_a_broker_that_hangs_is_left_and_found_again(tmp_path: Path, authority: Authority) -> None:
    with Broker(tmp_path, authority.issue(HOST)) as broker:
        quick = settings(broker, authority, keepalive_s=1)
        with EchoDevice("mqtt", quick, {"mqtt_client.RESPONSE_MS": 500}) as device:
            assert device.line() == "up"
            broker.freeze()
            assert device.line() == "down"
            broker.thaw()
            while device.line() != "up":
                pass
