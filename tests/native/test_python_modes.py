"""ECB, CBC and CTR from Python, against the reference code's block cipher."""

import importlib
import random

import pytest

from c_compiler import CC, NO_CC
from linli_protocol.sm4 import Sm4

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")

KEY = bytes(range(16))
REFERENCE = Sm4(KEY)


def xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=False))


def blocks(data: bytes) -> list[bytes]:
    return [data[at : at + 16] for at in range(0, len(data), 16)]


def ecb(data: bytes) -> bytes:
    return b"".join(REFERENCE.encrypt_block(block) for block in blocks(data))


def cbc(iv: bytes, data: bytes) -> bytes:
    out = [iv]
    for block in blocks(data):
        out.append(REFERENCE.encrypt_block(xor(block, out[-1])))
    return b"".join(out[1:])


def ctr(counter: bytes, data: bytes) -> bytes:
    first = int.from_bytes(counter)
    counters = [(first + i) % 2**128 for i in range((len(data) + 15) // 16)]
    return xor(data, ecb(b"".join(each.to_bytes(16) for each in counters)))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 15, 16, 17, 63, 64, 65, 130])
def test_ecb_and_cbc_are_the_reference(count: int) -> None:
    source = random.Random(count)
    iv, data = source.randbytes(16), source.randbytes(16 * count)
    cipher = native.Sm4(KEY)
    assert cipher.encrypt_ecb(data) == ecb(data)
    assert cipher.decrypt_ecb(ecb(data)) == data
    assert cipher.encrypt_cbc(iv, data) == cbc(iv, data)
    assert cipher.decrypt_cbc(iv, cbc(iv, data)) == data


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 255, 256, 1023, 1024, 1025, 2100])
@pytest.mark.parametrize("last", ["00" * 16, "00" * 11 + "ff" * 5, "ff" * 16])
def test_ctr_is_the_reference_also_where_the_counter_carries(length: int, last: str) -> None:
    data = random.Random(length).randbytes(length)
    counter = bytes.fromhex(last)
    cipher = native.Sm4(KEY)
    assert cipher.ctr(counter, data) == ctr(counter, data)
    assert cipher.ctr(counter, ctr(counter, data)) == data


def test_into_a_buffer_or_in_place_gives_the_same() -> None:
    cipher = native.Sm4(KEY)
    iv = bytes(range(100, 116))
    for length in (0, 16, 32, 1040):
        data = random.Random(length).randbytes(length)
        for name, more in [
            ("encrypt_ecb", ()),
            ("decrypt_ecb", ()),
            ("encrypt_cbc", (iv,)),
            ("decrypt_cbc", (iv,)),
            ("ctr", (iv,)),
        ]:
            expected = getattr(cipher, name)(*more, data)
            into = getattr(cipher, name + "_into")
            out = bytearray(b"\xaa" * (length + 3))
            assert into(out, *more, data) == length
            assert out == expected + b"\xaa" * 3
            place = bytearray(data)
            assert into(place, *more, place) == length
            assert place == expected


def test_iv_and_counter_are_the_callers_still() -> None:
    cipher = native.Sm4(KEY)
    iv = bytearray(16)
    cipher.encrypt_cbc(iv, bytes(32))
    cipher.decrypt_cbc(iv, bytes(32))
    cipher.ctr(iv, bytes(32))
    assert iv == bytes(16)


def test_part_of_a_block_is_refused() -> None:
    cipher = native.Sm4(KEY)
    for name, more in [
        ("encrypt_ecb", ()),
        ("decrypt_ecb", ()),
        ("encrypt_cbc", (bytes(16),)),
        ("decrypt_cbc", (bytes(16),)),
    ]:
        with pytest.raises(ValueError, match=r"^data must be a multiple of 16 bytes, not 17"):
            getattr(cipher, name)(*more, bytes(17))
    for length in (0, 15, 17):
        with pytest.raises(ValueError, match=r"^iv must be 16 bytes"):
            cipher.encrypt_cbc(bytes(length), b"")
        with pytest.raises(ValueError, match=r"^counter must be 16 bytes"):
            cipher.ctr(bytes(length), b"")
