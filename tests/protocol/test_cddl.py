"""protocol/messages.cddl and the codec's catalogue say the same."""

import re
from pathlib import Path

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zcbor import CddlValidationError, DataTranslator

from linli_protocol import catalogue, cbor, messages
from linli_tools.vectors.messages import SAMPLES

TEXT = (Path(__file__).parents[2] / "protocol/messages.cddl").read_text(encoding="utf-8")
RULES = DataTranslator.from_cddl(cddl_string=TEXT, default_max_qty=8).my_types
NAMES = {
    kind: "time-message" if row.name == "time" else row.name
    for kind, row in catalogue.KINDS.items()
}
KINDS = st.sampled_from(sorted(messages.CATALOGUE))


def fields_in_rows(kind):
    """Return (key, name, type, whether it is required) of a kind's fields."""
    row = catalogue.KINDS[kind]
    return [(key, *pair, key <= row.required) for key, pair in enumerate(row.fields.items(), 1)]


def valid(kind, body):
    try:
        return RULES[NAMES[kind]].validate_str(body)
    except CddlValidationError:
        return False


def fields_of(kind):
    """Return a strategy for the fields of a lawful message."""
    required, optional = {}, {}
    for _, name, (holds, least, greatest), needed in fields_in_rows(kind):
        if holds is int:
            values = st.integers(least, greatest)
        else:
            values = st.binary(min_size=least, max_size=min(greatest, 40))
        (required if needed else optional)[name] = values
    return st.fixed_dictionaries(required, optional=optional)


def test_every_kind_has_its_rule_and_its_type_byte():
    for kind, name in NAMES.items():
        rule = re.search(rf"^{name} = \{{.*?\}}\s*; 0x(..)$", TEXT, re.MULTILINE | re.DOTALL)
        assert rule and int(rule[1], 16) == kind, name


def test_rules_name_the_same_keys_as_the_catalogue():
    for kind, name in NAMES.items():
        rule = re.search(rf"^{name} = \{{(.*?)\}}", TEXT, re.MULTILINE | re.DOTALL)[1]
        keys = {int(key): mark == "?" for mark, key in re.findall(r"(\??) ?(\d+):", rule)}
        assert keys == {key: not needed for key, _, _, needed in fields_in_rows(kind)}, name


@pytest.mark.parametrize("kind", SAMPLES)
def test_samples_are_valid(kind):
    assert valid(kind, messages.encode(kind, SAMPLES[kind]))


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_what_the_codec_writes_the_schema_allows_and_another_decoder_reads(data):
    kind = data.draw(KINDS)
    fields = data.draw(fields_of(kind))
    body = messages.encode(kind, fields)
    assert valid(kind, body)
    assert messages.decode(kind, body) == fields
    by_key = {key: fields[name] for key, name, _, _ in fields_in_rows(kind) if name in fields}
    assert cbor2.loads(body) == by_key
    assert cbor2.dumps(by_key, canonical=True) == body


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_what_the_schema_refuses_the_codec_refuses(data):
    kind = data.draw(KINDS)
    values = st.one_of(
        st.integers(-(2**33), 2**33), st.binary(max_size=9), st.text(max_size=3), st.booleans()
    )
    body = cbor.encode(data.draw(st.dictionaries(st.integers(1, 8), values, max_size=8)))
    try:
        messages.decode(kind, body)
    except messages.MessageError:
        return
    assert valid(kind, body)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.binary() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-100, 1000) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)


def depth(value):
    inner = value if isinstance(value, list) else getattr(value, "values", list)()
    return 1 + max(map(depth, inner), default=0) if isinstance(value, list | dict) else 0


@given(VALUES.filter(lambda value: depth(value) <= cbor.MAX_DEPTH))
def test_cbor_round_trips_and_agrees_with_cbor2(value):
    encoded = cbor.encode(value)
    assert cbor.decode(encoded) == value
    assert cbor2.loads(encoded) == value


@given(st.binary(max_size=64))
@settings(max_examples=500)
def test_cbor_decode_raises_nothing_else_and_accepts_only_its_own_encoding(data):
    try:
        value = cbor.decode(data)
    except cbor.CborError:
        return
    assert cbor.encode(value) == data
