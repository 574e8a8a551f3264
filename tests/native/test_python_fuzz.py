"""Nonsense for every argument of every public function: the errors told, and never a crash."""

import array
import importlib
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from c_compiler import CC, NO_CC
from native_calls import Call, calls

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")
core = importlib.import_module("linli_native._core")

CALLS = list(calls(native))


class LyingBytes(bytes):
    """Bytes that claim any length."""

    def __new__(cls, data: bytes, claim: int) -> "LyingBytes":
        made = super().__new__(cls, data)
        made.claim = claim
        return made

    def __len__(self) -> int:
        return self.claim


class LyingInt(int):
    """An integer that compares and adds as another."""

    def __hash__(self) -> int:
        return hash(8)

    def __eq__(self, other: object) -> bool:
        return other == 8

    def __add__(self, other: int) -> int:
        return other

    __radd__ = __add__


def released(data: bytes) -> memoryview:
    view = memoryview(data)
    view.release()
    return view


NUMBERS = st.one_of(
    st.integers(-20, 40),
    st.integers(-(2**70), 2**70),
    st.sampled_from([2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64, True]),
)
BYTES = st.binary(max_size=100)
DTYPES = [np.uint8, np.int8, np.uint16, np.uint32, np.uint64, np.int64, np.float64, bool, object]
SIZES = [0, 1, 2, 3, 12, 16, 24, 32, 60, 80, 200]
THINGS = st.one_of(
    st.none(),
    NUMBERS,
    st.floats(),
    st.text(max_size=20),
    BYTES,
    BYTES.map(bytearray),
    BYTES.map(memoryview),
    BYTES.map(lambda data: memoryview(data)[::2]),
    BYTES.map(released),
    st.builds(LyingBytes, BYTES, st.integers(0, 2**62)),
    st.integers(0, 2**64).map(LyingInt),
    st.lists(st.integers(-1, 300), max_size=40),
    st.lists(st.integers(-1, 300), max_size=40).map(tuple),
    st.dictionaries(st.integers(), st.none(), max_size=2),
    st.builds(np.zeros, st.sampled_from(SIZES), st.sampled_from(DTYPES)),
    st.builds(np.ones, st.sampled_from(SIZES), st.sampled_from(DTYPES)),
    st.builds(lambda n: np.zeros((n, 12), np.uint8), st.integers(0, 9)),
    st.builds(lambda n: np.zeros((n, 12), np.uint8).T, st.integers(0, 9)),
    st.builds(lambda n: np.zeros(2 * n, np.uint32)[::2], st.integers(0, 9)),
    st.lists(st.integers(0, 2**32 - 1), max_size=4).map(lambda n: np.array(n, np.uint32)),
    st.lists(st.integers(0, 100), max_size=4).map(lambda n: np.array(n, np.uint64)),
    st.lists(st.integers(0, 2**64 - 1), max_size=4).map(lambda n: np.array(n, np.uint64)),
    st.builds(lambda n: array.array("d", [0.0] * n), st.integers(0, 40)),
    st.builds(lambda n: np.zeros(n, "datetime64[s]"), st.integers(0, 3)),
    st.builds(lambda n: np.uint8(n), st.integers(0, 255)),
    st.builds(lambda n: core.ffi.new("uint8_t[]", n), st.integers(0, 99)),
    st.builds(lambda: core.ffi.NULL),
    st.builds(object),
    st.just(native),
    st.just(int),
)


def documented(call: Call) -> tuple[type[Exception], ...]:
    """Return the errors that a call may raise."""
    if call.name == "KeyStore":
        return (TypeError, ValueError, MemoryError)
    if call.name.startswith("KeyStore."):
        return (TypeError, ValueError, KeyError)
    return (TypeError, ValueError)


def attempt(call: Call, arguments: dict[str, Any]) -> None:
    try:
        call.run(**arguments)
    except documented(call) as error:
        assert str(error), "an error without a word"
        # The argument at fault is told; that it is missing or unknown, Python tells.
        assert any(name in str(error) for name in call.given), error


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_one_wrong_argument(call: Call, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(call.given)))
    value = data.draw(THINGS)
    if call.name == "KeyStore" and isinstance(value, int) and value > 2**20:
        return  # it may be a lawful size, and the memory may be there
    attempt(call, call.given | {name: value})


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_nothing_but_wrong_arguments(call: Call, data: st.DataObject) -> None:
    if call.name != "KeyStore":
        attempt(call, {name: data.draw(THINGS) for name in sorted(call.given)})


@settings(max_examples=300)
@given(data=st.binary(max_size=300), claim=st.integers(0, 80))
def test_any_bytes_open_to_none_or_what_was_sealed(data: bytes, claim: int) -> None:
    """Hostile packets and frames: no error, no body."""
    aead = native.Aead(bytes(16))
    assert aead.open(bytes(12), data, claim, 8) is None
    assert aead.open_frame(bytes(12), data, claim, 8) is None
    assert native.Ccm(bytes(16)).open(bytes(12), b"", data) is None
    assert native.Gcm(bytes(16)).open(bytes(12), b"", data) is None
    native.decode_frame(data)
    native.cobs_decode(data)


@settings(max_examples=200)
@given(
    st.binary(max_size=200),
    st.lists(st.integers(0, 210), max_size=8),
    st.lists(st.integers(0, 5), min_size=7, max_size=7),
    st.integers(0, 14),
    st.integers(0, 300),
)
def test_any_offsets_and_slots(
    messages: bytes, ends: list[int], slots: list[int], header_length: int, room: int
) -> None:
    store = native.KeyStore(5)
    for slot in range(4):
        store.set(slot, bytes(16))
    count = max(0, len(ends) - 1)
    offsets = np.array(ends or [0], np.uint64)
    out = bytearray(b"\xaa" * room)
    for run in (store.seal_many, store.open_many):
        try:
            found = run(
                np.array(slots[:count], np.uint32),
                bytes(12 * count),
                messages,
                offsets,
                header_length,
                8,
                out,
            )
        except (KeyError, ValueError) as error:
            assert "message " in str(error)
            assert out == b"\xaa" * room, "something was written"
        else:
            used = int(found[1][-1])
            assert out[used:] == b"\xaa" * (room - used)
            out = bytearray(b"\xaa" * room)
