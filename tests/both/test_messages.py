"""The catalogue's codec: round trips, unknown keys, wrong types."""

from linli_protocol import cbor, messages
from support import raises, vectors


def test_bodies_match_the_vectors():
    for vector in vectors("messages")["bodies"]:
        kind = vector["kind"]
        fields = {
            name: bytes.fromhex(value) if isinstance(value, str) else value
            for name, value in vector["fields"].items()
        }
        assert messages.encode(kind, fields) == bytes.fromhex(vector["body"]), vector
        assert messages.decode(kind, bytes.fromhex(vector["body"])) == fields, vector


def test_the_vectors_hold_every_kind():
    kinds = {vector["kind"] for vector in vectors("messages")["bodies"]}
    assert kinds == set(messages.CATALOGUE)


def test_bad_bodies_of_the_vectors_are_refused():
    for vector in vectors("messages")["refused"]:
        body = bytes.fromhex(vector["body"])
        raises(messages.MessageError, messages.decode, vector["kind"], body)


def test_a_nonce_has_its_length():
    for length in (0, 7, 9):
        fields = {"nonce": bytes(length), "device_kind": 1}
        raises(messages.MessageError, messages.encode, messages.JOIN_REQUEST, fields)


def test_an_unknown_key_is_ignored():
    body = cbor.encode({1: 9, 2: 3, 99: [1, {2: "x"}], "text": None, -1: b""})
    assert messages.decode(messages.ALARM_STATUS, body) == {"incident": 9, "state": 3}


def test_a_wrong_type_refuses_the_whole_body():
    for value in (None, True, "1", b"1", [1], {1: 1}, -1, 1 << 32):
        body = cbor.encode({1: value, 2: 1})
        error = raises(messages.MessageError, messages.decode, messages.ALARM_STATUS, body)
        assert "incident" in str(error)


def test_a_missing_key_refuses_the_whole_body():
    error = raises(
        messages.MessageError, messages.decode, messages.ALARM_STATUS, cbor.encode({1: 1})
    )
    assert "20: state: missing" in str(error)


def test_what_is_no_map_is_refused():
    for value in ([1, 2], 1, b"", None):
        raises(messages.MessageError, messages.decode, messages.ALARM_STATUS, cbor.encode(value))
    raises(messages.MessageError, messages.decode, messages.ALARM_STATUS, b"")
    raises(messages.MessageError, messages.decode, 0xEE, cbor.encode({}))


def test_a_signed_field_has_its_limits():
    time = {"time": 0, "utc_offset_min": -1440}
    assert messages.decode(messages.TIME, messages.encode(messages.TIME, time)) == time
    time["utc_offset_min"] = 1441
    raises(messages.MessageError, messages.encode, messages.TIME, time)


def test_the_sender_hears_of_its_mistakes():
    error = raises(messages.MessageError, messages.encode, messages.ALARM, {"incident": 1})
    assert "14: time: missing" in str(error)
    fields = {"incident": 1, "state": 1, "statr": 2}
    error = raises(messages.MessageError, messages.encode, messages.ALARM_STATUS, fields)
    assert "statr" in str(error)


def test_optional_fields_may_be_left_out_or_none():
    with_none = {"sequence": 1, "time": 2, "code": 3, "subject": None}
    without = {"sequence": 1, "time": 2, "code": 3}
    assert messages.encode(messages.EVENT, with_none) == messages.encode(messages.EVENT, without)


def test_names_are_unique_in_every_row_and_what_is_required_is_there():
    for kind, row in messages.CATALOGUE.items():
        names = [row[at] for at in range(2, len(row), 2)]
        assert len(set(names)) == len(names) >= row[1], kind
