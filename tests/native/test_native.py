"""The native core from Python against the reference code."""

import gc
import importlib
import inspect
import random

import pytest

from c_compiler import CC, NO_CC
from linli_protocol import cmac, cobs, crypto, portable, sm3, sm4
from linli_protocol.crc16 import crc16

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")
core = importlib.import_module("linli_native._core")
keys = importlib.import_module("linli_native._keys")

KEY = bytes(range(16))
NONCE = bytes(range(12))


def test_crypto_uses_the_native_core() -> None:
    assert crypto.BACKEND == "native"
    assert crypto.Aead is native.Aead


@pytest.mark.parametrize("name", ["Aead", "Sm3", "Sm4", "cmac", "sm3"])
def test_what_the_portable_code_has_has_the_same_signature(name: str) -> None:
    def signatures(thing: object) -> dict[str, list[str]]:
        if inspect.isclass(thing):
            members = inspect.getmembers(thing, inspect.isfunction)
            public = {label: f for label, f in members if label == "__init__" or label[0] != "_"}
        else:
            public = {name: thing}
        return {label: list(inspect.signature(f).parameters) for label, f in public.items()}

    expected = signatures(getattr(portable, name))
    assert expected.items() <= signatures(getattr(native, name)).items()


def test_million_rounds_of_gbt_32907() -> None:
    """Example 2 of annex A: a block encrypted 1 000 000 times under the same key."""
    block = key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    encrypt = native.Sm4(key).encrypt_block
    for _ in range(1_000_000):
        block = encrypt(block)
    assert block.hex() == "595298c7c6fd271f0402f804c33d3f66"


# Every length for the cheap ones, and for those that take the reference long each border and a few.
LENGTHS = [*range(35), 47, 48, 49, 111, 112, 255, 256, 509, 600]


@pytest.mark.parametrize("length", LENGTHS)
def test_native_is_the_reference_at_this_length(length: int) -> None:
    source = random.Random(length)
    key, nonce = source.randbytes(16), source.randbytes(12)
    header, data = source.randbytes(source.randrange(50)), source.randbytes(length)
    packet = native.Aead(key).seal(nonce, header, data, 8)
    assert packet == portable.Aead(key).seal(nonce, header, data, 8)
    assert native.Aead(key).open(nonce, packet, len(header), 8) == data
    assert native.cmac(key, data) == cmac.cmac(sm4.Sm4(key), data)
    assert native.sm3(data) == sm3.sm3(data)
    assert native.crc16(data, length) == crc16(data, length)


def test_cobs_is_the_reference_at_every_length_up_to_600() -> None:
    source = random.Random(1)
    for length in range(600):
        for data in (source.randbytes(length), bytes(length), b"\x01" * length):
            encoded = cobs.encode(data)
            assert native.cobs_encode(data) == encoded
            assert native.cobs_decode(encoded) == data


def secrets(context: object) -> list[int]:
    """Return all of an expanded key but the engine's address."""
    if core.ffi.typeof(context) is core.ffi.typeof("linli_gcm *"):
        return [*context.sm4.round_keys, *context.powers]
    return [*context.round_keys]


@pytest.mark.parametrize("name", ["Aead", "Ccm", "Gcm", "Sm4"])
def test_expanded_keys_are_overwritten_when_their_object_is_collected(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    class Recorder:
        def new(self, *arguments: object) -> object:
            made.append(core.ffi.new(*arguments))
            return made[-1]

        def __getattr__(self, name: str) -> object:
            return getattr(core.ffi, name)

    monkeypatch.setattr(keys, "ffi", Recorder())
    cipher = getattr(native, name)(KEY)
    (context,) = made
    assert any(secrets(context))
    del cipher
    gc.collect()
    assert not any(secrets(context))
