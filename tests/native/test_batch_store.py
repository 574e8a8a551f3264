"""The store of keys: what it holds, what it forgets, and who waits for whom."""

import gc
import importlib
import random
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

from batches import arguments, made_up, split, stored
from c_compiler import CC, NO_CC

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")
Aead, KeyStore, Status = native.Aead, native.KeyStore, native.Status

KEY = bytes(range(16))


def seal_one(store: Any, slot: int) -> bytes:
    """Return a packet of one message sealed under a slot's key."""
    message = bytes(8) + b"a body"
    packets, _ = store.seal_many(
        np.array([slot], np.uint32), bytes(12), message, np.array([0, 14], np.uint64), 8, 8
    )
    return bytes(packets)


def sealed(key: bytes) -> bytes:
    return bytes(Aead(key).seal(bytes(12), bytes(8), b"a body", 8))


def memory(store: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return where the round keys of a store lie, and which slots are in use."""
    return store._round_keys, store._used


def test_a_store_holds_what_was_set() -> None:
    store = KeyStore(5)
    assert (store.slots, len(store), store.nbytes) == (5, 0, 5 * 129)
    assert [slot in store for slot in range(-1, 6)] == [False] * 7
    store.set(3, KEY)
    store.set(np.int64(4), bytearray(16))
    assert len(store) == 2
    assert [slot in store for slot in range(-1, 6)] == [False] * 4 + [True] * 2 + [False]
    assert np.uint32(3) in store
    assert "3" not in store and None not in store and 3.0 not in store
    assert seal_one(store, 3) == sealed(KEY)
    assert seal_one(store, 4) == sealed(bytes(16))


def test_a_key_replaces_the_one_before() -> None:
    store = KeyStore(2)
    store.set(1, KEY)
    store.set(1, bytes(16))
    assert len(store) == 1
    assert seal_one(store, 1) == sealed(bytes(16))
    store.set_many(np.array([1, 0, 1], np.uint32), bytes(32) + KEY)
    assert len(store) == 2
    assert seal_one(store, 1) == sealed(KEY), "of two for one slot the later stays"


@pytest.mark.parametrize(
    "keys", [bytes(32), np.zeros((2, 16), np.uint8), memoryview(bytearray(32))], ids=type
)
def test_keys_come_in_any_buffer(keys: Any) -> None:
    store = KeyStore(9)
    store.set_many(np.array([8, 2], np.uint32), keys)
    assert seal_one(store, 8) == seal_one(store, 2) == sealed(bytes(16))


def test_setting_no_keys_is_no_mistake() -> None:
    store = KeyStore(1)
    store.set_many(np.zeros(0, np.uint32), b"")
    assert len(store) == 0


def test_wrong_slots_and_keys_are_refused_and_change_nothing() -> None:
    store = KeyStore(4)
    two = np.array([0, 1], np.uint32)
    for error, reason, call, given in [
        (ValueError, "slot must be 0 to 3, not 4", store.set, (4, KEY)),
        (ValueError, "slot must be 0 to 3, not -1", store.set, (-1, KEY)),
        (ValueError, "slot must be 0 to 3", store.set, (2**70, KEY)),
        (TypeError, "slot must be an integer, not float", store.set, (1.0, KEY)),
        (TypeError, "slot must be an integer, not NoneType", store.set, (None, KEY)),
        (ValueError, "key must be 16 bytes, not 15", store.set, (0, KEY[1:])),
        (TypeError, "key must be a buffer", store.set, (0, "0123456789abcdef")),
        (TypeError, "slots must be a numpy array of uint32", store.set_many, ([0, 1], bytes(32))),
        (TypeError, "uint32, not an array of int64", store.set_many, (two.astype("i8"), bytes(32))),
        (ValueError, "keys must be 32 bytes, not 31", store.set_many, (two, bytes(31))),
        (TypeError, "keys must be a numpy array of uint8", store.set_many, (two, two)),
        (
            ValueError,
            r"slots must be below 4, slots\[1\] is 4",
            store.set_many,
            (np.array([0, 4], np.uint32), bytes(32)),
        ),
        (KeyError, "slot 0 holds no key", store.remove, (0,)),
        (KeyError, "slot 4 holds no key", store.remove, (4,)),
        (KeyError, "slot -1 holds no key", store.remove, (-1,)),
        (TypeError, "slot must be an integer", store.remove, ("0",)),
    ]:
        with pytest.raises(error, match=reason):
            call(*given)
    assert len(store) == 0
    assert not memory(store)[0].any()


@pytest.mark.parametrize("slots", [0, -1, 2**32, 2**70])
def test_impossible_sizes_are_refused(slots: int) -> None:
    with pytest.raises(ValueError, match="slots must be 1 to 4294967295"):
        KeyStore(slots)
    for value in (1.5, "1", None):
        with pytest.raises(TypeError, match="slots must be an integer"):
            KeyStore(value)


def test_removed_keys_are_overwritten() -> None:
    store = KeyStore(3)
    for slot in range(3):
        store.set(slot, KEY)
    round_keys, used = memory(store)
    store.remove(1)
    assert [any(each) for each in round_keys] == [True, False, True]
    assert used.tolist() == [1, 0, 1]
    assert len(store) == 2 and 1 not in store
    with pytest.raises(KeyError, match="slot 1, which holds no key"):
        seal_one(store, 1)
    assert seal_one(store, 2) == sealed(KEY)
    store.wipe()
    assert not round_keys.any() and not used.any() and len(store) == 0
    store.set(0, KEY)
    assert seal_one(store, 0) == sealed(KEY)


def test_keys_are_overwritten_at_the_end_of_a_with_block_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), KeyStore(2) as store:
        store.set(0, KEY)
        round_keys, _ = memory(store)
        raise ZeroDivisionError
    assert not round_keys.any()


def test_keys_are_overwritten_when_the_store_is_collected() -> None:
    store = KeyStore(2)
    store.set(0, KEY)
    round_keys, used = memory(store)
    assert round_keys.any()
    del store
    gc.collect()
    assert not round_keys.any() and not used.any()


def test_keys_are_overwritten_when_the_interpreter_ends() -> None:
    # What is registered first runs last.
    program = (
        "import atexit\n"
        "atexit.register(lambda: print(memory.any()))\n"
        "import linli_native\n"
        "store = linli_native.KeyStore(1)\n"
        "store.set(0, bytes(16))\n"
        "memory = store._round_keys\n"
        "print(memory.any())\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout == "True\nFalse\n", run.stderr


def test_a_million_devices() -> None:
    store = KeyStore(1_000_000)
    assert store.nbytes == 129_000_000
    messages = made_up([20] * 300)
    slots = stored(store, messages)
    assert len(store) == 300
    packets, offsets = store.seal_many(**arguments(messages, slots), tag_length=8)
    for message, packet in zip(messages, split(packets, offsets), strict=True):
        alone = Aead(message.key).seal(message.nonce, message.header, message.body, 8)
        assert packet == alone


def test_changing_keys_waits_for_batches_and_no_batch_sees_half_a_change() -> None:
    """Readers seal while a writer swaps two keys and removes one: each result is of one key."""
    store = KeyStore(8)
    keys = [random.Random(i).randbytes(16) for i in range(2)]
    allowed = {sealed(key) for key in keys}
    count = 500
    slots = np.zeros(count, np.uint32)
    given = {
        "nonces": bytes(12 * count),
        "messages": (bytes(8) + b"a body") * count,
        "offsets": np.arange(count + 1, dtype=np.uint64) * np.uint64(14),
        "header_length": 8,
        "tag_length": 8,
    }
    store.set(0, keys[0])
    wrong: list[object] = []
    done = threading.Event()

    def use() -> None:
        while not done.is_set():
            try:
                packets, offsets = store.seal_many(slots, **given)
            except KeyError:
                continue  # just removed
            kinds = set(split(packets, offsets))
            if len(kinds) != 1 or not kinds <= allowed:
                wrong.append(kinds)

    users = [threading.Thread(target=use) for _ in range(3)]
    for user in users:
        user.start()
    for i in range(60):
        store.set(0, keys[i % 2])
        if i % 5 == 0:
            store.remove(0)
            assert not memory(store)[0].any()
        if i % 7 == 0:
            store.wipe()
    done.set()
    for user in users:
        user.join(60)
        assert not user.is_alive()
    assert not wrong


def test_an_error_in_a_batch_lets_the_next_change_in() -> None:
    store = KeyStore(2)
    for _ in range(3):
        with pytest.raises(KeyError):
            seal_one(store, 0)
    changer = threading.Thread(target=store.set, args=(0, KEY))
    changer.start()
    changer.join(10)
    assert not changer.is_alive()
    assert seal_one(store, 0) == sealed(KEY)


def test_status_is_what_it_says() -> None:
    assert [each.name for each in Status] == ["DONE", "FORGED", "TOO_SHORT"]
    assert (np.array([0, 1, 2, 0], np.uint8) == Status.FORGED).tolist() == [
        False,
        True,
        False,
        False,
    ]
