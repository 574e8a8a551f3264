"""The MQTT client against packets written by hand from the standard."""

from linli_firmware.bearers.mqtt_client import (
    ACCEPTED,
    MALFORMED,
    MESSAGE,
    REFUSED,
    RESPONSE_MS,
    SILENT,
    SUBSCRIBED,
    MqttClient,
)

CONNACK = b"\x20\x02\x00\x00"
SUBACK = b"\x90\x03\x00\x01\x00"
PINGREQ = b"\xc0\x00"
PINGRESP = b"\xd0\x00"
KEEP_ALIVE_S = 60


def a_client(user="", password=""):
    client = MqttClient("linli/1", user, password, KEEP_ALIVE_S, 272)
    client.connect(0)
    return client


def accepted():
    client = a_client()
    client.take()
    assert client.feed(CONNACK, 0) == [(ACCEPTED, b"", b"")]
    return client


def test_a_session_begins_with_a_clean_connect():
    assert a_client().take() == b"\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07linli/1"
    # User "u" and password "pw" as the standard's figure 3.6 orders them.
    assert a_client("u", "pw").take() == (
        b"\x10\x1a\x00\x04MQTT\x04\xc2\x00\x3c\x00\x07linli/1\x00\x01u\x00\x02pw"
    )
    assert a_client().take() != b"" and accepted().failure == 0


def test_a_subscription_is_asked_for_and_confirmed():
    client = accepted()
    client.subscribe(b"a/down", 0, 10)
    assert client.take() == b"\x82\x0b\x00\x01\x00\x06a/down\x00"
    assert client.feed(SUBACK, 20) == [(SUBSCRIBED, b"", b"")]
    assert client.failure == 0


def test_messages_are_published_at_qos_0_and_1():
    client = accepted()
    client.publish(b"a/up", b"hi", 0, 10)
    assert client.take() == b"\x30\x08\x00\x04a/uphi"
    client.publish(b"a/up", b"hi", 1, 10)
    assert client.take() == b"\x32\x0a\x00\x04a/up\x00\x01hi"
    # Longer than 127 bytes: the remaining length takes two bytes.
    client.publish(b"a/up", b"x" * 240, 1, 10)
    assert client.take() == b"\x32\xf8\x01\x00\x04a/up\x00\x02" + b"x" * 240
    assert client.feed(b"\x40\x02\x00\x01\x40\x02\x00\x02", 20) == []
    assert client.failure == 0 and client.take() == b""


def test_messages_arrive_and_those_of_qos_1_are_acknowledged():
    client = accepted()
    assert client.feed(b"\x30\x05\x00\x01ahi", 10) == [(MESSAGE, b"a", b"hi")]
    assert client.take() == b""
    assert client.feed(b"\x3b\x07\x00\x01a\x12\x34hi", 10) == [(MESSAGE, b"a", b"hi")]
    assert client.take() == b"\x40\x02\x12\x34"
    assert client.feed(b"\x31\x03\x00\x01a", 10) == [(MESSAGE, b"a", b"")]


def test_packet_numbers_go_round_without_zero():
    client = accepted()
    for count in range(65537):
        client.publish(b"t", b"", 1, 0)
        assert client.take()[-2:] == (count % 65535 + 1).to_bytes(2, "big")


def test_every_way_of_cutting_the_stream_gives_the_same():
    message = b"\x32\xf8\x01\x00\x04a/up\x12\x34" + b"x" * 240
    stream = CONNACK + SUBACK + message + b"\x30\x05\x00\x01ahi" + message
    for size in (1, 2, 3, 7, 100, 1000):
        client = a_client()
        client.subscribe(b"t", 0, 0)
        events = []
        for start in range(0, len(stream), size):
            events += client.feed(stream[start : start + size], 0)
        assert events == [
            (ACCEPTED, b"", b""),
            (SUBSCRIBED, b"", b""),
            (MESSAGE, b"a/up", b"x" * 240),
            (MESSAGE, b"a", b"hi"),
            (MESSAGE, b"a/up", b"x" * 240),
        ]


def test_a_quiet_session_is_kept_alive():
    client = accepted()
    due = client.next_deadline()
    assert due == KEEP_ALIVE_S * 750
    client.tick(due - 1)
    assert client.take() == b""
    client.tick(due)
    assert client.take() == PINGREQ
    client.tick(due + 1)
    assert client.take() == b"" and client.next_deadline() == due + RESPONSE_MS
    client.feed(PINGRESP, due + 50)
    assert client.next_deadline() == due + KEEP_ALIVE_S * 750


def test_one_who_only_talks_still_asks_whether_anyone_listens():
    client = accepted()
    for now in range(0, KEEP_ALIVE_S * 750, 5000):
        client.publish(b"a/up", b"x", 0, now)
    client.take()
    client.tick(KEEP_ALIVE_S * 750)
    assert client.take() == PINGREQ


def test_a_server_that_does_not_answer_is_given_up():
    silent_from = {
        "connect": lambda client: None,
        "subscribe": lambda client: client.feed(CONNACK, 0) and client.subscribe(b"t", 0, 0),
    }
    for step in silent_from.values():
        client = a_client()
        step(client)
        client.tick(RESPONSE_MS - 1)
        assert client.failure == 0
        client.tick(RESPONSE_MS)
        assert client.failure == SILENT
    client = accepted()
    client.tick(client.next_deadline())
    client.tick(client.next_deadline())
    assert client.failure == SILENT


def test_a_refusal_is_a_failure():
    client = a_client()
    # Not authorised (section 3.2.2.3).
    assert client.feed(b"\x20\x02\x00\x05", 0) == [] and client.failure == REFUSED
    client = accepted()
    client.subscribe(b"t", 0, 0)
    assert client.feed(b"\x90\x03\x00\x01\x80", 0) == [] and client.failure == REFUSED


def test_what_is_not_mqtt_is_refused():
    for bad in (
        b"HTTP/1.1 400 Bad Request\r\n",
        PINGRESP,  # not asked for
        SUBACK,
        CONNACK,  # a second time
        b"\x34\x07\x00\x01a\x12\x34hi",  # QoS 2, never asked for
        b"\x36\x07\x00\x01a\x12\x34hi",  # QoS 3, reserved
        b"\x30\x00",  # no topic
        b"\x30\x02\x00\x00",  # an empty topic
        b"\x30\x03\x00\x05a",  # a topic longer than the packet
        b"\x32\x03\x00\x01a",  # no packet number
        b"\x40\x01\x00",
        b"\x41\x02\x00\x01",  # reserved flags
        b"\xd0\x01\x00",
        b"\x00\x00",
        b"\xf0\x00",
        b"\x30\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x90\xff\x7f",  # much too long for what it is
    ):
        client = accepted()
        assert client.feed(bad, 0) == [], bad
        assert client.failure == MALFORMED, bad
        assert client.feed(b"\x30\x05\x00\x01ahi", 0) == []
    for bad in (b"\x30\x05\x00\x01ahi", b"\x20\x02\x01\x00", b"\x20\x03\x00\x00\x00", b"\x82\x00"):
        client = a_client()
        assert client.feed(bad, 0) == [] and client.failure == MALFORMED


def test_a_message_too_long_is_skipped_without_being_kept():
    client = accepted()
    head = b"\x30\xff\xff\x03\x00\x01a"
    total = 4 + 65535
    events = client.feed(head, 0)
    for _ in range((total - len(head)) // 100):
        events += client.feed(bytes(100), 0)
    events += client.feed(bytes((total - len(head)) % 100) + b"\x30\x05\x00\x01ahi", 0)
    assert events == [(MESSAGE, b"a", b"hi")]
    assert client.oversize == 1 and client.failure == 0


def test_the_next_connection_knows_nothing_of_the_last():
    for last in (b"\x30\x7f\x00", b"\x30\xff\xff\x03\x00", b"\xf0\x00"):
        client = accepted()
        client.publish(b"t", b"never sent", 1, 0)
        client.subscribe(b"t", 0, 0)
        client.feed(last, 0)
        client.connect(1000)
        assert client.take()[:2] == b"\x10\x13"
        assert client.feed(CONNACK, 1000) == [(ACCEPTED, b"", b"")]
        assert client.feed(b"\x30\x05\x00\x01ahi", 1000) == [(MESSAGE, b"a", b"hi")]
        # No answer is due any more.
        client.tick(1000 + RESPONSE_MS)
        assert client.failure == 0
    client = accepted()
    client.connect(1000)
    client.feed(b"\x30\x05\x00\x01ahi", 1000)
    assert client.failure == MALFORMED
