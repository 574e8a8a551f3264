"""CCM and GCM from Python: the standards' examples, OpenSSL, forgeries, and lengths refused."""

import importlib
import random

import pytest

from c_compiler import CC, NO_CC
from linli_protocol import ccm, sm4

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")

KEY = bytes(range(16))
# RFC 8998, appendix A: both examples have key, nonce, associated data and plaintext in common.
RFC_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
RFC_NONCE = bytes.fromhex("00001234567800000000abcd")
RFC_HEADER = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
RFC_BODY = b"".join(bytes([each] * 8) for each in b"\xaa\xbb\xcc\xdd\xee\xff\xee\xaa")
RFC_SEALED = {
    "Gcm": "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec",
    "Ccm": "48af93501fa62adbcd414cce6034d895dda1bf8f132f042098661572e7483094"
    "fd12e518ce062c98acee28d95df4416bed31a2f04476c18bb40c84a74b97dc5b"
    "16842d4fa186f56ab33256971fa110f4",
}


@pytest.mark.parametrize("mode", RFC_SEALED)
def test_example_of_rfc_8998(mode: str) -> None:
    cipher = getattr(native, mode)(RFC_KEY)
    sealed = cipher.seal(RFC_NONCE, RFC_HEADER, RFC_BODY)
    assert sealed.hex() == RFC_SEALED[mode]
    assert cipher.open(RFC_NONCE, RFC_HEADER, sealed) == RFC_BODY


@pytest.mark.parametrize("nonce_length", range(7, 14))
@pytest.mark.parametrize("tag_length", range(4, 18, 2))
def test_ccm_is_the_reference_for_every_nonce_and_tag(nonce_length: int, tag_length: int) -> None:
    source = random.Random(nonce_length * 100 + tag_length)
    nonce, header, body = (source.randbytes(n) for n in (nonce_length, 20, 33))
    sealed = ccm.ccm_seal(sm4.Sm4(KEY), nonce, header, body, tag_length)
    assert native.Ccm(KEY).seal(nonce, header, body, tag_length) == sealed
    assert native.Ccm(KEY).open(nonce, header, sealed, tag_length) == body


def test_gcm_is_openssls() -> None:
    ciphers = pytest.importorskip("cryptography.hazmat.primitives.ciphers")
    source = random.Random(8)
    for length in (*range(35), 255, 256, 257, 1000, 5000):
        key, nonce, header = (source.randbytes(n) for n in (16, source.randrange(8, 40), length))
        body = source.randbytes(source.randrange(600))
        mode = ciphers.modes.GCM(nonce)
        oracle = ciphers.Cipher(ciphers.algorithms.SM4(key), mode).encryptor()
        oracle.authenticate_additional_data(header)
        expected = oracle.update(body) + oracle.finalize() + oracle.tag
        cipher = native.Gcm(key)
        assert cipher.seal(nonce, header, body) == expected
        assert cipher.open(nonce, header, expected) == body
        for tag_length in (4, 8, 12, 13, 14, 15):
            short = expected[: len(body) + tag_length]
            assert cipher.seal(nonce, header, body, tag_length) == short
            assert cipher.open(nonce, header, short, tag_length) == body


@pytest.mark.parametrize("mode", RFC_SEALED)
def test_one_bit_of_anything_makes_a_forgery(mode: str) -> None:
    cipher = getattr(native, mode)(KEY)
    nonce, header, body = bytes(12), b"header", bytes(20)
    sealed = cipher.seal(nonce, header, body)
    for parts in [(nonce, header, sealed)]:
        for which, part in enumerate(parts):
            for bit in range(8 * len(part)):
                flipped = bytearray(part)
                flipped[bit // 8] ^= 1 << bit % 8
                changed = [*parts[:which], flipped, *parts[which + 1 :]]
                assert cipher.open(*changed) is None
    for length in range(len(sealed)):
        assert cipher.open(nonce, header, sealed[:length]) is None
    assert getattr(native, mode)(bytes(16)).open(nonce, header, sealed) is None


def test_a_forgery_leaves_zeros_in_out_and_nothing_behind_them() -> None:
    for cipher in (native.Ccm(KEY), native.Gcm(KEY)):
        sealed = bytearray(cipher.seal(bytes(12), b"", b"secret" * 9))
        sealed[-1] ^= 1
        out = bytearray(b"\xaa" * 60)
        assert cipher.open_into(out, bytes(12), b"", sealed) is None
        assert out in (bytes(54) + b"\xaa" * 6, b"\xaa" * 60)


@pytest.mark.parametrize(
    ("mode", "nonces", "tags"),
    [("Ccm", (0, 6, 14, 16), (-8, 0, 2, 3, 5, 15, 17, 18)), ("Gcm", (0,), (-8, 0, 3, 5, 10, 17))],
)
def test_lengths_that_the_standard_has_not_are_refused(
    mode: str, nonces: tuple[int, ...], tags: tuple[int, ...]
) -> None:
    cipher = getattr(native, mode)(KEY)
    for run in (cipher.seal, cipher.open):
        for length in nonces:
            with pytest.raises(ValueError, match=r"^nonce must be"):
                run(bytes(length), b"", bytes(40))
        for length in (*tags, 2**70):
            with pytest.raises(ValueError, match=r"^tag_length must be"):
                run(bytes(12), b"", bytes(40), length)


def test_a_body_too_long_for_its_nonce_is_refused_by_ccm() -> None:
    cipher = native.Ccm(KEY)
    body = bytes(65536)
    with pytest.raises(ValueError, match=r"^body is too long"):
        cipher.seal(bytes(13), b"", body)  # two bytes of length behind a 13-byte nonce
    out = bytearray(len(body) + 16)
    with pytest.raises(ValueError, match=r"^body is too long"):
        cipher.seal_into(out, bytes(13), b"", body)
    assert not any(out), "something was written"
    assert cipher.open(bytes(13), b"", bytes(65552)) is None
    assert len(cipher.seal(bytes(13), b"", body[1:])) == 65551
    assert len(cipher.seal(bytes(12), b"", body)) == 65552


@pytest.mark.parametrize("mode", RFC_SEALED)
def test_a_message_is_sealed_and_opened_where_it_lies(mode: str) -> None:
    cipher = getattr(native, mode)(KEY)
    for length in (0, 1, 15, 16, 17, 100, 4096):
        body = random.Random(length).randbytes(length)
        place = bytearray(body + bytes(16))
        at = memoryview(place)
        assert cipher.seal_into(at, bytes(12), b"header", at[:length]) == length + 16
        assert place == cipher.seal(bytes(12), b"header", body)
        assert cipher.open_into(at, bytes(12), b"header", at) == length
        assert place[:length] == body
