import errno

from linli_firmware.bearers import mqtt
from linli_firmware.bearers.mqtt_client import RESPONSE_MS, MqttClient
from linli_protocol.bearer import Bearer
from nets import Sockets, connection, middle
from support import raises

UP = b"linli/0000002a/up"
DOWN = b"linli/0000002a/down"
CONNACK = b"\x20\x02\x00\x00"
SUBACK = b"\x90\x03\x00\x01\x00"


class Tls:
    """What is wrapped around a socket; closing it after a failure leaves the socket open."""

    def __init__(self, raw):
        self._raw = raw

    def read(self, count):
        return self._raw.read(count)

    def write(self, data):
        return self._raw.write(data)

    def close(self):
        pass


def a_device(qos=1):
    """Return (sockets, a transport that has sent its CONNECT at 0)."""
    sockets = Sockets()
    end = mqtt.Mqtt(
        Bearer("mqtt", 240),
        connection(sockets, Sockets.SOCK_STREAM, Tls),
        MqttClient("linli/0000002a", "", "", 60, 272),
        UP,
        DOWN,
        qos,
    )
    end.start(0)
    end.poll(0)
    sockets.made[0].accept()
    end.poll(0)
    assert sockets.made[0].sent[:1] == b"\x10" and not end.is_up
    return sockets, end


def a_connected_device(qos=1):
    sockets, end = a_device(qos)
    sockets.made[0].give(CONNACK)
    end.poll(10)
    assert sockets.made[0].sent.endswith(DOWN + b"\x00") and not end.is_up
    sockets.made[0].give(SUBACK)
    end.poll(20)
    assert end.is_up
    sockets.made[0].sent = b""
    return sockets, end


def message(topic, payload):
    body = len(topic).to_bytes(2, "big") + topic + payload
    length = len(body)
    return bytes([0x30, length & 127 | 128, length >> 7]) + body


def test_it_is_up_once_it_is_subscribed_and_sends_nothing_before():
    sockets, end = a_device()
    end.send(b"early", 0)
    sockets.made[0].give(CONNACK)
    end.poll(10)
    assert sockets.made[0].sent.endswith(DOWN + b"\x00") and not end.is_up
    sockets.made[0].give(SUBACK)
    end.poll(20)
    assert end.is_up and sockets.made[0].sent.endswith(b"early")


def test_packets_are_messages_both_ways():
    for qos in (0, 1):
        sockets, end = a_connected_device(qos)
        end.send(b"reading", 30)
        sockets.made[0].give(message(DOWN, b"command"))
        assert end.poll(30) == [b"command"]
        # The SUBSCRIBE was packet 1.
        number = b"\x00\x02" if qos else b""
        assert sockets.made[0].sent[2:] == b"\x00\x11" + UP + number + b"reading"


def test_what_is_not_for_it_or_too_long_is_ignored():
    sockets, end = a_connected_device()
    sockets.made[0].give(message(DOWN + b"/x", b"other"))
    sockets.made[0].give(message(DOWN, b"x" * 241))
    sockets.made[0].give(message(DOWN, b"x" * 300))
    sockets.made[0].give(message(DOWN, b"x" * 240))
    packets = []
    for now in range(30, 35):
        packets += end.poll(now)
    assert packets == [b"x" * 240] and end.is_up


def test_the_same_bytes_are_offered_until_they_are_taken():
    sockets, end = a_connected_device(0)
    socket = sockets.made[0]
    socket.room = 0
    offered = []
    write = socket.write

    def noting_write(data):
        offered.append(data)
        return write(data)

    socket.write = noting_write
    for number in range(3):
        end.send(bytes([number]), 30)
        end.poll(30 + number)
    assert len(offered) == 3 and offered == [offered[0]] * 3
    assert end.next_deadline() > 32
    socket.room = 1000
    end.poll(40)
    assert socket.sent == b"".join(
        [b"\x30\x14\x00\x11" + UP + bytes([number]) for number in range(3)]
    )


def test_a_certificate_that_is_not_trusted_is_counted_and_tried_again():
    sockets, end = a_device()
    sockets.made[0].fault = ValueError("The certificate is not correctly signed")
    assert end.poll(10) == []
    assert not end.is_up and not sockets.made[0].is_open
    assert (end.counts["untrusted"], end.counts["faults"]) == (1, 1)
    end.poll(end.next_deadline())
    assert len(sockets.made) == 2


def test_a_broker_that_says_no_or_nonsense_is_counted_and_tried_again():
    for answer in (b"\x20\x02\x00\x05", b"HTTP/1.1 400 Bad Request\r\n"):
        sockets, end = a_device()
        sockets.made[0].give(answer)
        end.poll(10)
        assert not end.is_up and not sockets.made[0].is_open
        assert end.counts["refused"] == 1
        end.poll(end.next_deadline())
        sockets.made[1].accept()
        sockets.made[1].give(CONNACK)
        sockets.made[1].give(SUBACK)
        for now in range(2_000, 2_040, 10):
            end.poll(now)
        # Packet numbers go on, but the server's answers are to this session.
        assert end.is_up


def test_a_broker_that_falls_silent_is_left():
    sockets, end = a_connected_device()
    now = end.next_deadline()
    end.poll(now)
    assert sockets.made[0].sent == b"\xc0\x00" and end.is_up
    assert end.next_deadline() == now + RESPONSE_MS
    end.poll(now + RESPONSE_MS)
    assert not end.is_up and not sockets.made[0].is_open
    assert (end.counts["faults"], end.counts["refused"]) == (1, 0)


def test_a_broker_that_takes_no_acknowledgements_is_not_listened_to_for_ever():
    sockets, end = a_connected_device()
    sockets.made[0].room = 0
    body = b"\x00\x01t\x00\x01"
    for _ in range(2000):
        sockets.made[0].give(b"\x32\x05" + body)
    now = 100
    while end.is_up and now < 200_000:
        now += 10
        end.poll(now)
    assert not end.is_up and now < 100 + 60_000 + RESPONSE_MS


def test_a_connection_that_breaks_is_made_anew():
    for ending in (b"", OSError(errno.ECONNRESET, "reset")):
        sockets, end = a_connected_device()
        sockets.made[0].room = 3
        end.send(b"cut off", 90)
        end.poll(90)
        if ending == b"":
            sockets.made[0].give(ending)
        else:
            sockets.made[0].fault = ending
        end.poll(100)
        assert not end.is_up and end.counts["faults"] == 1
        end.poll(end.next_deadline())
        sockets.made[1].accept()
        end.poll(1_000)
        assert sockets.made[1].sent[:1] == b"\x10"


class Board:
    random = staticmethod(middle)


def test_mistakes_in_the_settings_are_named():
    good = {"host": "hub", "ca_file": "/no/such/file", "device": 42}
    assert "qos: 0 or 1" in str(raises(ValueError, mqtt.build, dict(good, qos=2), Board()))
    assert "tls: no such setting" in str(raises(ValueError, mqtt.build, dict(good, tls=0), Board()))
    assert raises(OSError, mqtt.build, good, Board())
    del good["ca_file"]
    assert "ca_file: needed" in str(raises(ValueError, mqtt.build, good, Board()))
