"""The decoder follows a real exchange, names what is wrong, and survives any bytes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_protocol import catalogue, cbor, codes, deltas, keys, messages, packet
from linli_protocol.crypto import Aead, cobs_encode
from linli_protocol.framing import encode_frame
from linli_tools.decode import Decoder, frames, is_framed
from linli_tools.layers import Layer
from linli_tools.listener import Listener, OverheardSession
from pair import COMMUNITY_KEY, DEVICE, Pair

UP_KEY = bytes(range(16, 32))
EPOCH = 6


def with_community_key() -> Decoder:
    return Decoder(Listener(lambda device: keys.root_key(COMMUNITY_KEY, device)))


def with_session() -> Decoder:
    listener = Listener(lambda device: None)
    listener.give(OverheardSession(EPOCH, UP_KEY, None))
    return Decoder(listener)


def sealed(kind: int, body: bytes, flags: int = 0, counter: int = 0) -> bytes:
    header = packet.pack_header(kind, flags, DEVICE, EPOCH, counter)
    nonce = keys.nonce_prefix(False, DEVICE, EPOCH) + counter.to_bytes(4, "big")
    tag_length = packet.LONG_TAG if flags & packet.LONG else packet.SHORT_TAG
    return bytes(Aead(UP_KEY).seal(nonce, header, body, tag_length))


def values(layer: Layer) -> dict[str, Any]:
    return {field.name: field.value for field in layer.fields}


def problem(layers: list[Layer]) -> str:
    found = [layer.problem for layer in layers if layer.problem]
    assert len(found) == 1
    assert layers[-1].problem or layers[-1].name == "registers"
    return found[0]


@pytest.fixture(scope="module")
def exchange() -> list[bytes]:
    """A join, an event, a day's beginning of readings, an access list in three fragments."""
    pair = Pair()
    pair.join()
    event = {"sequence": 7, "time": 1_800_000_000, "code": codes.LEAK}
    pair.device.send(messages.EVENT, event, pair.now)
    pair.run(1_000)
    coded = deltas.encode([1, 2, 3])
    readings = {"time": 1_800_000_000, "volume_l": 5_000, "deltas": coded}
    pair.device.send(messages.READINGS, readings, pair.now)
    pair.run(1_000)
    changes = {"base": 1, "version": 2, "changes": bytes(range(100))}
    pair.hub.send(messages.ACCESS_LIST, changes, pair.now)
    pair.run(1_000)
    return [data for _, _, data in pair.air]


def test_one_key_opens_a_whole_exchange(exchange: list[bytes]) -> None:
    decoder = with_community_key()
    decoded = [decoder.packet(data) for data in exchange]
    assert not [layer.problem for layers in decoded for layer in layers if layer.problem]
    by_name = {layer.name: layer for layers in decoded for layer in layers}
    assert values(by_name["event"])["sequence"] == 7
    assert [field.words for field in by_name["event"].fields] == [
        "",
        "2027-01-15 08:00:00 UTC",
        "leak",
    ]
    assert list(values(by_name["registers"]).items()) == [
        ("2027-01-15 05:00:00 UTC", 4994),
        ("2027-01-15 06:00:00 UTC", 4995),
        ("2027-01-15 07:00:00 UTC", 4997),
        ("2027-01-15 08:00:00 UTC", 5000),
    ]
    assert values(by_name["access-list"])["changes"] == bytes(range(100)).hex()


def test_frames_of_the_exchange_decode_alike(exchange: list[bytes]) -> None:
    stream = b"".join(encode_frame(data) for data in exchange)
    assert is_framed(stream)
    one, other = with_community_key(), with_community_key()
    framed = [one.frame(candidate) for candidate in frames(stream)]
    assert [layers[1:] for layers in framed] == [other.packet(data) for data in exchange]


def test_without_a_key_the_header_is_shown_and_the_body_is_no_mistake(
    exchange: list[bytes],
) -> None:
    layers = Decoder(Listener(lambda device: None)).packet(exchange[4])
    assert values(layers[0])["device"] == "01020304"
    assert layers[1].note == "sealed; give a key to open it"
    assert not any(layer.problem for layer in layers)


def test_a_session_whose_join_was_missed_is_not_a_mistake(exchange: list[bytes]) -> None:
    layers = with_community_key().packet(exchange[4])
    assert "its join is not among the packets" in (layers[-1].note or "")


def test_a_session_can_be_given(exchange: list[bytes]) -> None:
    joined = with_community_key()
    request, accept = (values(joined.packet(data)[-1]) for data in exchange[:2])
    listener = Listener(lambda device: keys.root_key(COMMUNITY_KEY, device))
    nonces = [bytes.fromhex(fields["nonce"]) for fields in (request, accept)]
    listener.give_record(DEVICE, accept["epoch"], *nonces)
    assert Decoder(listener).packet(exchange[4])[-1].name == "event"


def test_a_repeated_packet_is_noted(exchange: list[bytes]) -> None:
    decoder = with_community_key()
    for data in exchange[:5]:
        decoder.packet(data)
    notes = [layer.note for layer in decoder.packet(exchange[4])]
    assert notes[1] == "repeated: a receiver refuses a counter it has seen"


def test_counters_beyond_16_bits_are_restored() -> None:
    decoder = with_session()
    body = bytes(2) + messages.encode(messages.ALARM, {"incident": 1, "time": 2, "cause": 1})
    for counter in (65_000, 66_000, 65_001):
        layers = decoder.packet(sealed(messages.ALARM, body, packet.RELIABLE, counter))
        assert values(layers[1])["counter"] == counter


def test_any_flipped_bit_is_found(exchange: list[bytes]) -> None:
    for bit in range(8 * len(exchange[4])):
        damaged = bytearray(exchange[4])
        damaged[bit // 8] ^= 1 << bit % 8
        decoder = with_community_key()
        for data in exchange[:4]:
            decoder.packet(data)
        layers = decoder.packet(bytes(damaged))
        # Another epoch's low bits look like another session of the device.
        assert layers[-1].problem or "no session with epoch bits" in (layers[-1].note or "")


HEADER = packet.pack_header(messages.EVENT, packet.RELIABLE, DEVICE, 0, 0)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "0 bytes, fewer than the 16 of header and tag"),
        (HEADER + bytes(7), "15 bytes, fewer than the 16"),
        (bytes((0x50,)) + HEADER[1:] + bytes(15), "23 bytes, fewer than the 24"),
        (b"\x88" + HEADER[1:] + bytes(20), "byte 0: version 2, not 1"),
        (HEADER[:1] + b"\x7f" + HEADER[2:] + bytes(20), "byte 1: unknown message kind 7f"),
        (b"\x68" + HEADER[1:] + bytes(20), "byte 0: event is no downlink message"),
        (b"\x58" + HEADER[1:] + bytes(20), "byte 0: event takes a 8-byte tag"),
    ],
)
def test_a_bad_header_is_named_by_byte_and_rule(data: bytes, rule: str) -> None:
    assert problem(with_session().packet(data)).startswith(rule)


@pytest.mark.parametrize(
    ("candidate", "rule"),
    [
        (b"\x05\x11\x22", "byte 0: a COBS block of 5 bytes begins here, but only 3 are left"),
        (b"\x02\x11\x09\x22", "byte 2: a COBS block of 9 bytes begins here, but only 2 are left"),
        (b"\x02\x11", "1 bytes, too few for the CRC"),
        (cobs_encode(bytes((1, 2, 3, 4))), "CRC is 0403, but the 2 bytes before it give"),
        (encode_frame(b"\x40" + bytes(256))[1:-1], "257 bytes, more than the longest packet, 256"),
    ],
)
def test_a_bad_frame_is_named_by_byte_and_rule(candidate: bytes, rule: str) -> None:
    layers = with_session().frame(candidate)
    assert layers[-1].name == "frame"
    assert problem(layers).startswith(rule)


def test_codes_are_told_in_words() -> None:
    decoder = with_session()
    measured = {"time": 0, "quantity": codes.TEMPERATURE_MC, "value": -7_250}
    body = messages.encode(messages.MEASUREMENT, measured)
    layer = decoder.packet(sealed(messages.MEASUREMENT, bytes(2) + body, packet.RELIABLE))[-1]
    assert values(layer)["value"] == -7_250
    assert layer.fields[1].words == "temperature, m°C"
    updated = {"image": 7, "offset": 0, "state": codes.UPDATE_REFUSED_SIGNATURE}
    body = messages.encode(messages.UPDATE_STATUS, updated)
    text = sealed(messages.UPDATE_STATUS, bytes(2) + body, packet.RELIABLE, counter=1)
    assert decoder.packet(text)[-1].fields[2].words == "refused: signature"


READINGS = {1: 1_800_000_000, 2: 5}


@pytest.mark.parametrize(
    ("kind", "flags", "body", "rule"),
    [
        (messages.EVENT, packet.RELIABLE, b"\x40", "1 bytes, too few for the message number"),
        (messages.EVENT, packet.RELIABLE, b"\xff\xff", "body byte 0: there is no such priority"),
        (messages.EVENT, packet.RELIABLE, bytes(2) + b"\xa1\x01", "message 13: truncated"),
        (messages.EVENT, packet.RELIABLE, bytes(2) + b"\xa0", "message 13: sequence: missing"),
        (
            messages.LOG_CHUNK,
            packet.RELIABLE | packet.FRAGMENT,
            bytes((0x80, 0, 3, 3)),
            "body bytes 2, 3: fragment 3 of 3",
        ),
        (
            messages.READINGS,
            packet.RELIABLE,
            bytes(2) + cbor.encode(READINGS | {3: b"\x01\x19"}),
            "deltas: parameter out of range",
        ),
        (
            messages.READINGS,
            packet.RELIABLE,
            bytes(2) + cbor.encode(READINGS | {3: deltas.encode([6])}),
            "deltas: more than the register holds",
        ),
    ],
)
def test_an_authentic_but_unlawful_body_is_named(
    kind: int, flags: int, body: bytes, rule: str
) -> None:
    assert problem(with_session().packet(sealed(kind, body, flags))).startswith(rule)


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_no_bytes_raise(inputs: list[bytes]) -> None:
    for decoder in (with_community_key(), with_session()):
        for data in inputs:
            decoder.packet(data)
            for candidate in frames(data):
                decoder.frame(candidate)


SIZED_INTEGERS = st.integers(-(2**32), 2**32 + 1)
BODIES = st.dictionaries(st.integers(0, 6), SIZED_INTEGERS | st.binary(max_size=12)).map(
    lambda fields: bytes(2) + cbor.encode(fields)
)


@given(
    st.sampled_from(sorted(messages.CATALOGUE)),
    st.sampled_from((0, packet.RELIABLE, packet.RELIABLE | packet.FRAGMENT)),
    st.binary(max_size=80) | BODIES,
)
def test_no_authentic_body_raises(kind: int, flags: int, body: bytes) -> None:
    if catalogue.KINDS[kind].long_tag:
        flags |= packet.LONG
    with_session().packet(sealed(kind, body, flags))
