"""Batches: the same bytes as one message at a time, and every wrong argument named."""

import importlib
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches import HEADER_LENGTH, Message, arguments, made_up, offsets_of, split, stored
from c_compiler import CC, NO_CC
from linli_protocol import portable

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")
Status = native.Status


def seal_alone(message: Message, tag_length: int) -> bytes:
    aead = native.Aead(message.key)
    return bytes(aead.seal(message.nonce, message.header, message.body, tag_length))


def check(messages: Sequence[Message], tag_length: int) -> None:
    """Seal and open a batch, and compare with one message at a time."""
    store = native.KeyStore(max(1, 2 * len(messages)))
    batch = arguments(messages, stored(store, messages)) | {"tag_length": tag_length}
    packets, offsets = store.seal_many(**batch)
    assert split(packets, offsets) == [seal_alone(each, tag_length) for each in messages]
    bodies, ends, status = store.open_many(**batch | {"messages": packets, "offsets": offsets})
    assert bodies.tobytes() == batch["messages"].tobytes()
    assert ends.tolist() == batch["offsets"].tolist()
    assert status.tolist() == [Status.DONE] * len(messages)


@pytest.mark.parametrize("count", [*range(20), 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 200])
def test_batch_of_mixed_lengths_is_every_message_alone(count: int) -> None:
    source = random.Random(count)
    check(made_up([source.randrange(601) for _ in range(count)], count), 4 + 2 * (count % 7))


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 48, 255, 256, 4080, 4081, 70_000])
def test_batch_of_one_length_is_every_message_alone(length: int) -> None:
    check(made_up([length] * 67, length), 8)


def test_one_huge_message_among_small_ones() -> None:
    check(made_up([*range(50), 3_000_000, *range(50)]), 16)


def test_more_messages_than_are_sorted_at_a_time() -> None:
    source = random.Random(3)
    check(made_up([source.randrange(60) for _ in range(2500)], 3), 8)


@pytest.mark.parametrize("header_length", range(15))
def test_header_of_every_length(header_length: int) -> None:
    check(made_up([*range(70)], header_length, header_length), 8)


@given(
    st.lists(st.integers(0, 100), max_size=80),
    st.sampled_from(range(4, 18, 2)),
    st.integers(0, 14),
    st.integers(0, 2**32),
)
def test_any_batch(lengths: list[int], tag_length: int, header_length: int, seed: int) -> None:
    check(made_up(lengths, seed, header_length), tag_length)


def test_batch_is_the_reference() -> None:
    messages = made_up([0, 1, 16, 40])
    store = native.KeyStore(4)
    batch = arguments(messages, stored(store, messages))
    packets, offsets = store.seal_many(**batch, tag_length=8)
    assert split(packets, offsets) == [
        portable.Aead(each.key).seal(each.nonce, each.header, each.body, 8) for each in messages
    ]


def test_many_messages_may_be_under_one_key() -> None:
    messages = made_up([*range(100)])
    for message in messages:
        message.key = messages[0].key
    store = native.KeyStore(1)
    store.set(0, messages[0].key)
    batch = arguments(messages, np.zeros(100, np.uint32))
    packets, offsets = store.seal_many(**batch, tag_length=8)
    assert split(packets, offsets) == [seal_alone(each, 8) for each in messages]


def test_a_message_is_any_part_of_the_buffer() -> None:
    messages = made_up([20, 20])
    store = native.KeyStore(2)
    batch = arguments(messages, stored(store, messages))
    whole = np.concatenate([np.zeros(9, np.uint8), batch["messages"], np.zeros(9, np.uint8)])
    shifted = batch | {"messages": whole, "offsets": batch["offsets"] + np.uint64(9)}
    packets, offsets = store.seal_many(**shifted, tag_length=8)
    assert split(packets, offsets) == [seal_alone(each, 8) for each in messages]
    assert offsets[0] == 0


def opened(packets: Sequence[bytes], messages: Sequence[Message], tag_length: int = 8) -> Any:
    store = native.KeyStore(len(messages))
    batch = arguments(messages, stored(store, messages)) | {
        "messages": b"".join(packets),
        "offsets": offsets_of(packets),
    }
    bodies, offsets, status = store.open_many(**batch, tag_length=tag_length)
    return split(bodies, offsets), status.tolist()


def test_forgeries_give_zeros_and_the_others_their_bodies() -> None:
    source = random.Random(5)
    messages = made_up([source.randrange(200) for _ in range(150)], 5)
    packets = [seal_alone(each, 8) for each in messages]
    forged = set(source.sample(range(150), 40))
    for i in forged:
        flipped = bytearray(packets[i])
        flipped[source.randrange(len(flipped))] ^= 1 << source.randrange(8)
        packets[i] = bytes(flipped)
    bodies, status = opened(packets, messages)
    for i, message in enumerate(messages):
        plain = message.header + message.body
        assert bodies[i] == (bytes(len(plain)) if i in forged else plain)
        assert status[i] == (Status.FORGED if i in forged else Status.DONE)


def test_packets_too_short_for_header_and_tag_give_nothing() -> None:
    messages = made_up([5] * 40)
    packets = [seal_alone(each, 8)[:length] for length, each in enumerate(messages)]
    bodies, status = opened(packets, messages)
    whole = HEADER_LENGTH + 5 + 8
    for length in range(40):
        if length < HEADER_LENGTH + 8:
            assert (bodies[length], status[length]) == (b"", Status.TOO_SHORT)
        elif length < whole:
            assert (bodies[length], status[length]) == (bytes(length - 8), Status.FORGED)
        else:
            assert status[length] == Status.DONE


def test_a_batch_in_which_every_packet_is_too_short() -> None:
    messages = made_up([0] * 70)
    bodies, status = opened([b""] * 70, messages)
    assert bodies == [b""] * 70
    assert status == [Status.TOO_SHORT] * 70


def test_results_go_to_the_beginning_of_a_buffer_given() -> None:
    messages = made_up([3, 0, 50])
    store = native.KeyStore(3)
    batch = arguments(messages, stored(store, messages)) | {"tag_length": 8}
    expected, _ = store.seal_many(**batch)
    length = len(expected)
    for out in (
        np.full(length + 5, 0xAA, np.uint8),
        bytearray(b"\xaa" * (length + 5)),
        memoryview(bytearray(b"\xaa" * (length + 5))),
        np.full((1, length + 5), 0xAA, np.uint8),
    ):
        packets, offsets = store.seal_many(**batch, out=out)
        assert packets.tobytes() == expected.tobytes()
        assert np.shares_memory(packets, np.frombuffer(out, np.uint8))
        assert bytes(out)[length:] == b"\xaa" * 5
        sealed = batch | {"messages": packets.copy(), "offsets": offsets}
        bodies, _, status = store.open_many(**sealed, out=out)
        assert bodies.tobytes() == batch["messages"].tobytes()
        assert not status.any()


STORE = native.KeyStore(10)
MESSAGES = made_up([10, 0, 20])
GOOD = arguments(MESSAGES, stored(STORE, MESSAGES)) | {"tag_length": 8}
U8, U32, U64 = np.uint8, np.uint32, np.uint64
FREE = np.uint32(next(slot for slot in range(10) if slot not in STORE))
INSIDE = np.frombuffer(bytearray(100), U8)


def misaligned(dtype: type) -> np.ndarray:
    """Return four items that begin at an odd address."""
    length = 4 * np.dtype(dtype).itemsize
    return np.zeros(length + 1, U8)[1:].view(dtype)


@pytest.mark.parametrize(
    ("name", "value", "error", "reason"),
    [
        ("slots", GOOD["slots"].astype(np.int64), TypeError, "uint32, not an array of int64"),
        ("slots", GOOD["slots"].astype(">u4"), TypeError, "uint32, not an array of >u4"),
        ("slots", GOOD["slots"].tolist(), TypeError, "uint32, not list"),
        ("slots", np.zeros(6, U32)[::2], ValueError, "contiguous"),
        ("slots", np.zeros((3, 1), U32), ValueError, "one dimension"),
        ("slots", misaligned(U32), ValueError, "aligned"),
        ("slots", np.array([FREE] * 3, U32), KeyError, f"message 0 is for slot {FREE}"),
        ("slots", np.array([10, 0, 0], U32), KeyError, "message 0 is for slot 10"),
        ("slots", np.array([2**32 - 1] * 3, U32), KeyError, "message 0 is for slot 4294967295"),
        ("nonces", np.zeros((3, 12), np.int8), TypeError, "uint8 or bytes, not an array of int8"),
        ("nonces", np.zeros((3, 24), U8)[:, ::2], ValueError, "contiguous"),
        ("nonces", np.zeros((4, 12), U8), ValueError, "36 bytes, not 48"),
        ("nonces", bytes(35), ValueError, "36 bytes, not 35"),
        ("nonces", "text", TypeError, "not str"),
        ("messages", np.zeros(60, np.uint16), TypeError, "not an array of uint16"),
        ("messages", GOOD["messages"][::-1], ValueError, "contiguous"),
        ("messages", None, TypeError, "not NoneType"),
        ("offsets", GOOD["offsets"].astype(np.int64), TypeError, "uint64, not an array of int64"),
        ("offsets", GOOD["offsets"][:-1], ValueError, "4 numbers, not 3"),
        ("offsets", np.zeros(0, U64), ValueError, "4 numbers, not 0"),
        ("offsets", np.zeros(8, U64)[::2], ValueError, "contiguous"),
        ("offsets", misaligned(U64), ValueError, "aligned"),
        ("offsets", np.array([0, 20, 19, 54], U64), ValueError, "descend.*message 1"),
        ("offsets", np.array([0, 20, 30, 55], U64), ValueError, "behind messages.*message 2"),
        ("offsets", np.array([0, 2**64 - 1, 30, 54], U64), ValueError, "message 0"),
        ("offsets", np.array([2**64 - 1] * 4, U64), ValueError, "message 0"),
        ("header_length", -1, ValueError, "0 to 14, not -1"),
        ("header_length", 15, ValueError, "0 to 14, not 15"),
        ("header_length", 2**70, ValueError, "0 to 14"),
        ("header_length", 8.0, TypeError, "not float"),
        ("tag_length", 5, ValueError, "or 16, not 5"),
        ("tag_length", 18, ValueError, "not 18"),
        ("tag_length", -(2**70), ValueError, "or 16, not -"),
        ("tag_length", "8", TypeError, "not str"),
        ("out", bytes(200), ValueError, "writable"),
        ("out", np.zeros(200, U8)[::2], ValueError, "contiguous"),
        ("out", np.zeros(200, np.uint16), TypeError, "single bytes"),
        ("out", np.array([None] * 200), TypeError, "single bytes"),
        ("out", bytearray(1), ValueError, "room for all results.*message 0"),
        ("out", [0] * 200, TypeError, "not list"),
    ],
)
@pytest.mark.parametrize("method", ["seal_many", "open_many"])
def test_wrong_argument_is_named(
    method: str, name: str, value: Any, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=f"{name}.*{reason}"):
        getattr(STORE, method)(**GOOD | {name: value})


def test_a_batch_that_raises_has_written_nothing() -> None:
    out = np.full(200, 0xAA, U8)
    for wrong in (
        {"slots": np.array([*GOOD["slots"][:2], FREE], U32)},
        {"offsets": np.array([0, 18, 26, 55], U64)},
        {"header_length": 9},  # the second message has 8 bytes
    ):
        with pytest.raises((KeyError, ValueError), match=r"message [12]"):
            STORE.seal_many(**GOOD | wrong, out=out)
    assert (out == 0xAA).all()
    with pytest.raises(ValueError, match=r"out must have room for all results \(message 2\)"):
        STORE.seal_many(**GOOD, out=out[:77])
    assert (out == 0xAA).all()
    assert STORE.seal_many(**GOOD, out=out[:78])[1][-1] == 78


def test_a_message_shorter_than_its_header_cannot_be_sealed() -> None:
    with pytest.raises(ValueError, match=r"messages.*shorter than header_length \(message 1\)"):
        STORE.seal_many(**GOOD | {"header_length": 9})


def test_a_message_of_16_mib_is_refused() -> None:
    data = np.zeros(2**24, U8)
    one = GOOD | {"slots": GOOD["slots"][:1], "nonces": bytes(12), "messages": data}
    with pytest.raises(ValueError, match=r"messages must be shorter than 16 MiB \(message 0\)"):
        STORE.seal_many(**one | {"offsets": np.array([0, 2**24], U64)})
    packets, _ = STORE.seal_many(**one | {"offsets": np.array([1, 2**24], U64)})
    assert len(packets) == 2**24 + 7


@pytest.mark.parametrize("method", ["seal_many", "open_many"])
def test_out_must_not_overlap_what_is_read(method: str) -> None:
    store = native.KeyStore(10)
    store.set_many(np.arange(10, dtype=U32), bytes(160))
    memory = np.zeros(1000, U8)
    parts = {
        "slots": memory[:12].view(U32),
        "nonces": memory[16:52],
        "offsets": memory[56:88].view(U64),
        "messages": memory[100:160],
    }
    parts["offsets"][:] = [0, 20, 40, 60]
    run = getattr(store, method)
    for name, part in parts.items():
        raw = part.view(U8)
        begin = raw.ctypes.data - memory.ctypes.data
        for out in (raw, memory[begin + len(raw) - 1 :], memory[: begin + 1]):
            others = {other: value.copy() for other, value in parts.items() if other != name}
            with pytest.raises(ValueError, match=f"^out must not overlap {name}"):
                run(**others, **{name: part}, header_length=8, tag_length=8, out=out)
        # Right beside it is as good as anywhere.
    run(**parts, header_length=8, tag_length=8, out=memory[160:])


class Meddler:
    """The core when another thread fills some arrays just as C is called."""

    def __init__(self, lib: Any, *arrays: np.ndarray) -> None:
        self._lib = lib
        self._arrays = arrays

    def __getattr__(self, name: str) -> Any:
        def run(*given: Any) -> Any:
            for array in self._arrays:
                array.fill(2**31)
            return getattr(self._lib, name)(*given)

        return run


def test_slots_and_offsets_that_change_meanwhile_lead_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keystore = importlib.import_module("linli_native.keystore")
    lib = keystore.lib
    store = native.KeyStore(5)
    messages = made_up([48] * 5)
    slots = np.arange(5, dtype=np.uint32)
    batch = arguments(messages, slots.copy()) | {"tag_length": 8}
    monkeypatch.setattr(keystore, "lib", Meddler(lib, slots))
    store.set_many(slots, b"".join(message.key for message in messages))
    assert slots[0] == 2**31
    assert len(store) == 5
    monkeypatch.setattr(keystore, "lib", Meddler(lib, batch["slots"], batch["offsets"]))
    packets, offsets = store.seal_many(**batch)
    assert batch["slots"][0] == batch["offsets"][0] == 2**31
    assert split(packets, offsets) == [seal_alone(each, 8) for each in messages]
