"""Whatever a server sends, the MQTT client neither raises nor grows, and pieces do not matter."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from linli_firmware.bearers.mqtt_client import MESSAGE, MqttClient

CONNACK = b"\x20\x02\x00\x00"
MAX_LENGTH = 272


def connected() -> MqttClient:
    client = MqttClient("linli/1", "", "", 60, MAX_LENGTH)
    client.connect(0)
    client.subscribe(b"t", 1, 0)
    client.take()
    return client


def message(topic: bytes, payload: bytes, number: int | None) -> bytes:
    body = len(topic).to_bytes(2, "big") + topic
    body += b"" if number is None else number.to_bytes(2, "big")
    body += payload
    length = bytearray()
    rest = len(body)
    while rest > 127:
        length.append(rest & 127 | 128)
        rest >>= 7
    length.append(rest)
    return bytes([0x30 if number is None else 0x32]) + bytes(length) + body


messages = st.builds(
    message,
    st.binary(min_size=1, max_size=40),
    st.binary(max_size=400),
    st.none() | st.integers(1, 65535),
)
answers = st.sampled_from([b"\x90\x03\x00\x01\x00", b"\xd0\x00", b"\x40\x02\x00\x01"])
streams = st.lists(messages | answers | st.binary(max_size=20), max_size=20).map(b"".join)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(edges)]


@given(streams, st.lists(st.integers(0, 5000)), st.booleans())
def test_any_pieces_of_any_stream_give_the_same(
    data: bytes, cuts: list[int], is_accepted: bool
) -> None:
    stream = CONNACK + data if is_accepted else data
    whole, cut = connected(), connected()
    expected = whole.feed(stream, 0)
    events = []
    sent = b""
    for piece in pieces(stream, cuts):
        events += cut.feed(piece, 0)
        sent += cut.take()
        assert len(cut._received) <= MAX_LENGTH + 5
    assert events == expected
    assert sent == whole.take()
    assert (cut.failure, cut.oversize) == (whole.failure, whole.oversize)


@given(st.binary(max_size=3000))
def test_garbage_is_refused_and_the_next_connection_is_clean(data: bytes) -> None:
    client = connected()
    client.feed(CONNACK, 0)
    client.feed(data, 0)
    client.tick(10**9)
    client.connect(0)
    client.take()
    assert len(client.feed(CONNACK, 0)) == 1 and not client.failure


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.binary(max_size=500))))
def test_every_message_that_is_not_too_long_arrives(sent: list[tuple[bytes, bytes]]) -> None:
    client = connected()
    client.feed(CONNACK, 0)
    stream = b"".join(message(topic, payload, 7) for topic, payload in sent)
    arrived = [(topic, payload) for kind, topic, payload in client.feed(stream, 0)]
    fits = [each for each in sent if 4 + len(each[0]) + len(each[1]) <= MAX_LENGTH]
    assert arrived == fits
    assert client.take() == b"\x40\x02\x00\x07" * len(fits)
    assert client.oversize == len(sent) - len(fits)
    assert all(kind == MESSAGE for kind, _, _ in client.feed(stream, 0))
