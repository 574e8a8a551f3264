"""The native core from Python against the reference code, and its refusals."""

import gc
import importlib
import inspect
import random

import pytest

from c_compiler import CC, NO_CC
from linli_protocol import ccm, cmac, cobs, crypto, portable, sm3, sm4
from linli_protocol.crc16 import crc16

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")
core = importlib.import_module("linli_native._core")

KEY = bytes(range(16))
NONCE = bytes(range(12))


def test_crypto_uses_the_native_core() -> None:
    assert crypto.BACKEND == "native"
    assert crypto.Aead is native.Aead


@pytest.mark.parametrize("name", ["Aead", "Sm3", "Sm4", "cmac", "sm3"])
def test_signatures_are_those_of_the_portable_code(name: str) -> None:
    def signatures(thing: object) -> dict[str, list[str]]:
        if inspect.isclass(thing):
            members = inspect.getmembers(thing, inspect.isfunction)
            public = {label: f for label, f in members if label == "__init__" or label[0] != "_"}
        else:
            public = {name: thing}
        return {label: list(inspect.signature(f).parameters) for label, f in public.items()}

    assert signatures(getattr(native, name)) == signatures(getattr(portable, name))


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


@pytest.mark.parametrize("nonce_length", range(7, 14))
@pytest.mark.parametrize("tag_length", range(4, 18, 2))
def test_ccm_is_the_reference_for_every_nonce_and_tag(nonce_length: int, tag_length: int) -> None:
    source = random.Random(nonce_length * 100 + tag_length)
    nonce, header, body = (source.randbytes(n) for n in (nonce_length, 20, 33))
    context = core.ffi.new("linli_sm4 *")
    core.lib.linli_sm4_init(context, native.ENGINE, KEY)
    out = core.ffi.new("uint8_t[]", len(body) + tag_length)
    ciphertext = ccm.ccm_seal(sm4.Sm4(KEY), nonce, header, body, tag_length)
    lengths = nonce_length, header, len(header)
    seal, open_ = core.lib.linli_ccm_seal, core.lib.linli_ccm_open
    assert seal(context, out, nonce, *lengths, body, len(body), tag_length) == 0
    assert core.ffi.buffer(out)[:] == ciphertext
    assert open_(context, out, nonce, *lengths, ciphertext, len(ciphertext), tag_length) == 0
    assert core.ffi.buffer(out, len(body))[:] == body


def test_ccm_in_c_refuses_lengths_that_the_standard_does_not_have() -> None:
    context = core.ffi.new("linli_sm4 *")
    core.lib.linli_sm4_init(context, native.ENGINE, KEY)
    body = bytes(65536)
    out = core.ffi.new("uint8_t[]", len(body) + 16)

    def seal(nonce_length: int, body_length: int, tag_length: int) -> int:
        arguments = NONCE + NONCE, nonce_length, b"", 0, body, body_length, tag_length
        return int(core.lib.linli_ccm_seal(context, out, *arguments))

    for nonce_length in (0, 6, 14, 16):
        assert seal(nonce_length, 1, 8) == -1
    for tag_length in (0, 2, 3, 5, 15, 17, 18):
        assert seal(12, 1, tag_length) == -1
    assert seal(13, 65536, 8) == -1  # two bytes of length behind a 13-byte nonce
    assert not any(core.ffi.buffer(out)[:]), "something was written"
    assert seal(13, 65535, 8) == 0
    assert seal(12, 65536, 8) == 0


def test_an_argument_that_is_not_bytes_is_named() -> None:
    aead = native.Aead(KEY)
    array = bytearray(12)
    for name, call, arguments in [
        ("key", native.Aead, (array,)),
        ("key", native.Sm4, ("0123456789abcdef",)),
        ("block", native.Sm4(KEY).encrypt_block, (bytearray(16),)),
        ("nonce", aead.seal, (array, b"", b"", 8)),
        ("header", aead.seal, (NONCE, array, b"", 8)),
        ("body", aead.seal, (NONCE, b"", "text", 8)),
        ("body", aead.seal, (NONCE, b"", None, 8)),
        ("nonce", aead.open, (12, b"", 0, 8)),
        ("packet", aead.open, (NONCE, memoryview(bytes(30)), 0, 8)),
        ("message", native.cmac, (KEY, array)),
        ("data", native.sm3, ("text",)),
        ("data", native.crc16, (array,)),
        ("data", native.cobs_encode, (array,)),
        ("data", native.cobs_decode, (array,)),
    ]:
        with pytest.raises(TypeError, match=f"{name} must be bytes, not "):
            call(*arguments)


def test_round_keys_are_overwritten_when_their_object_is_collected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    def keep(*arguments: object) -> object:
        made.append(core.ffi.new(*arguments))
        return made[-1]

    monkeypatch.setattr(native, "_new", keep)
    aead = native.Aead(KEY)
    (context,) = made
    assert any(core.ffi.buffer(context)[:])
    del aead
    gc.collect()
    assert not any(core.ffi.buffer(context)[:])
