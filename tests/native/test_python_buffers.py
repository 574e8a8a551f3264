"""Arguments from Python: any buffer of bytes will do, anything else is named in the error."""

import array
import importlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from c_compiler import CC, NO_CC
from native_calls import BODY, HEADER, KEY, NONCE, Call, calls

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")

CALLS = list(calls(native))
SINGLE = [call for call in CALLS if not call.name.startswith("KeyStore")]
by_name = pytest.mark.parametrize("call", SINGLE, ids=lambda call: call.name)


class Bytes(bytes):
    """Bytes that lie about their length."""

    def __len__(self) -> int:
        return super().__len__() + 1000


KINDS: dict[str, Callable[[bytes], Any]] = {
    "bytearray": bytearray,
    "memoryview": memoryview,
    "writable memoryview": lambda data: memoryview(bytearray(data)),
    "middle of a memoryview": lambda data: memoryview(b"1" + data + b"2")[1:-1],
    "numpy": lambda data: np.frombuffer(data, np.uint8),
    "two dimensions": lambda data: np.frombuffer(data, np.uint8).reshape(1, len(data)),
    "array": lambda data: array.array("B", data),
    "subclass": Bytes,
}


def results(call: Call, given: dict[str, Any]) -> Any:
    """Return what a call gives, and what it has written."""
    given = {name: bytearray(80) if name == "out" else value for name, value in given.items()}
    result = call.run(**given)
    is_object = not isinstance(result, bytes | int | None)
    return None if is_object else result, bytes(given.get("out", b""))


def test_every_public_name_is_tried() -> None:
    tried = {call.name for call in CALLS}
    for name in native.__all__:
        thing = getattr(native, name)
        if inspect.isfunction(thing):
            assert name in tried
        elif inspect.isclass(thing) and name != "Status":
            assert name in tried
            for method, function in inspect.getmembers(thing, inspect.isfunction):
                # Without arguments, there is nothing to get wrong.
                if method[0] != "_" and len(inspect.signature(function).parameters) > 1:
                    assert f"{name}.{method}" in tried


@pytest.mark.parametrize(
    "call",
    [call for call in SINGLE if not call.name.endswith(".update")],
    ids=lambda call: call.name,
)
@pytest.mark.parametrize("kind", KINDS)
def test_bytes_may_come_in_any_buffer(call: Call, kind: str) -> None:
    expected = results(call, call.given)
    for name, value in call.given.items():
        if isinstance(value, bytes):
            assert results(call, call.given | {name: KINDS[kind](value)}) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_hashes_take_pieces_in_any_buffer(kind: str) -> None:
    sm3, hmac = native.Sm3(), native.HmacSm3(KEY)
    for piece in (BODY, b"", HEADER * 20):
        sm3.update(KINDS[kind](piece))
        hmac.update(KINDS[kind](piece))
    assert sm3.digest() == native.sm3(BODY + HEADER * 20)
    assert hmac.digest() == native.hmac_sm3(KEY, BODY + HEADER * 20)


@by_name
def test_what_is_no_buffer_is_named(call: Call) -> None:
    for name, value in call.given.items():
        if isinstance(value, bytes):
            for wrong in ("text", None, 16, 1.5, [1, 2], object(), native):
                with pytest.raises(TypeError, match=f"^{name} must be a buffer of bytes, not "):
                    call.run(**call.given | {name: wrong})


@by_name
def test_what_is_not_contiguous_is_named(call: Call) -> None:
    released = memoryview(b"x")
    released.release()
    for name, value in call.given.items():
        if isinstance(value, bytes):
            doubled = b"".join(bytes([each, 0]) for each in value)
            for wrong in (
                memoryview(doubled)[::2],
                np.frombuffer(doubled, np.uint8)[::2],
                np.frombuffer(value, np.uint8)[::-1],
                np.zeros((4, 4), np.uint8).T[:, 1:],
                released,
            ):
                with pytest.raises(ValueError, match=f"^{name} must be contiguous: "):
                    call.run(**call.given | {name: wrong})


@by_name
def test_numbers_are_whole_and_in_range(call: Call) -> None:
    for name, value in call.given.items():
        if isinstance(value, int):
            assert results(call, call.given | {name: np.int64(value)}) == results(call, call.given)
            for wrong in (1.0, 8.0, "8", b"8", None, [8]):
                with pytest.raises(TypeError, match=f"^{name} must be an integer, not "):
                    call.run(**call.given | {name: wrong})
            for outside in (-1, -(2**70), 2**70):
                if name == "header_length" and outside > 0:
                    assert call.run(**call.given | {name: outside}) is None
                else:
                    with pytest.raises(ValueError, match=f"^{name} must "):
                        call.run(**call.given | {name: outside})


OUTS: dict[str, Callable[[], Any]] = {
    "bytearray": lambda: bytearray(80),
    "memoryview": lambda: memoryview(bytearray(100))[10:90],
    "numpy": lambda: np.zeros(80, np.uint8),
    "signed numpy": lambda: np.zeros(80, np.int8),
    "two dimensions": lambda: np.zeros((8, 10), np.uint8),
    "array": lambda: array.array("B", bytes(80)),
}
INTO = [call for call in SINGLE if "out" in call.given]
into = pytest.mark.parametrize("call", INTO, ids=lambda call: call.name)


@into
@pytest.mark.parametrize("kind", OUTS)
def test_output_goes_into_any_writable_buffer(call: Call, kind: str) -> None:
    out = OUTS[kind]()
    length, expected = results(call, call.given)
    assert call.run(**call.given | {"out": out}) == length > 0
    assert bytes(memoryview(out).cast("B")) == expected


@into
def test_wrong_outputs_are_named(call: Call) -> None:
    released = memoryview(bytearray(80))
    released.release()
    for wrong, error, reason in [
        (bytes(80), ValueError, "writable"),
        (memoryview(bytes(80)), ValueError, "writable"),
        (np.frombuffer(bytes(80), np.uint8), ValueError, "writable"),
        (np.zeros(160, np.uint8)[::2], ValueError, "contiguous"),
        (released, ValueError, "released"),
        (np.zeros(80, np.uint16), TypeError, "single bytes"),
        (np.array([None] * 80), TypeError, "single bytes"),
        (array.array("d", [0] * 80), TypeError, "single bytes"),
        (np.zeros(80, "datetime64[s]"), ValueError, "in a buffer"),
        ("text", TypeError, "not str"),
        (None, TypeError, "not NoneType"),
        ([0] * 80, TypeError, "not list"),
        (bytearray(), ValueError, "it has 0"),
        (bytearray(1), ValueError, "it has 1"),
    ]:
        with pytest.raises(error, match=f"^out must .*{reason}"):
            call.run(**call.given | {"out": wrong})


@pytest.mark.parametrize(
    "call",
    [call for call in INTO if call.name != "Aead.open_frame_into"],
    ids=lambda call: call.name,
)
def test_output_must_not_overlap_an_input_but_where_that_is_told(call: Call) -> None:
    in_place = {"data", "body", "sealed"} if not call.name.startswith("Aead") else set()
    for name, value in call.given.items():
        if not isinstance(value, bytes) or name in ("iv", "counter"):  # these are copied
            continue
        memory = bytearray(300)
        memory[100 : 100 + len(value)] = value
        view = memoryview(memory)
        lapped = call.given | {name: view[100 : 100 + len(value)]}
        for begin in range(100 - 79, 100 + len(value)):
            if begin == 100 and name in in_place:
                continue
            with pytest.raises(ValueError, match=f"^out must not overlap {name}"):
                call.run(**lapped | {"out": view[begin : begin + 80]})
        assert memory[100 : 100 + len(value)] == value
        expected = results(call, call.given)[0]
        for begin in (100 - 80, 100 + len(value)):
            assert call.run(**lapped | {"out": view[begin : begin + 80]}) == expected


def test_fresh_bytes_are_nobody_elses() -> None:
    """Results are written into new bytes: they must be so for every length, also 0 and 1."""
    aead = native.Aead(KEY)
    before = [bytes(n) for n in range(4)] + [bytes([n]) for n in range(256)]
    for length in range(4):
        for value in range(256):
            body = bytes([value]) * length
            packet = aead.seal(NONCE, b"", body, 8)
            assert aead.open(NONCE, packet, 0, 8) == body
            assert native.Sm4(KEY).ctr(KEY, native.Sm4(KEY).ctr(KEY, body)) == body
            assert native.cobs_decode(native.cobs_encode(body)) == body
    assert before == [bytes(n) for n in range(4)] + [bytes([n]) for n in range(256)]
    assert before[:4] == [b"", b"\0", b"\0\0", b"\0\0\0"]
    assert before[4:] == [n.to_bytes() for n in range(256)]
