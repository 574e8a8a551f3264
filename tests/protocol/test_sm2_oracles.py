"""SM2 against OpenSSL (its command line) and GmSSL (gmssl_pyx), in both directions."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from linli_protocol import sm2
from linli_tools import signing

PRIVATE_KEYS = st.integers(2, sm2.N - 2)
IDENTITIES = st.binary(min_size=1, max_size=40)

# SubjectPublicKeyInfo up to the point, PrivateKeyInfo up to the key: id-ecPublicKey, curve SM2.
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
PKCS8 = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420")
PKCS8_POINT = bytes.fromhex("a144034200")

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="no openssl command")


def openssl(folder: Path, private_key: int, message: bytes, identity: bytes, *options: str) -> bool:
    point = signing.public_key(private_key)
    key = PKCS8 + private_key.to_bytes(32, "big") + PKCS8_POINT + point
    (folder / "private.der").write_bytes(key)
    (folder / "public.der").write_bytes(SPKI + point)
    (folder / "message").write_bytes(message)
    command = [OPENSSL or "", "pkeyutl", "-rawin", "-digest", "sm3", "-in", "message"]
    command += ["-keyform", "DER", "-pkeyopt", "hexdistid:" + identity.hex(), *options]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert "rror" not in run.stderr or "Verification Failure" in run.stdout, run.stderr
    return run.returncode == 0


def raw(der: bytes) -> bytes:
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def der(signature: bytes) -> bytes:
    r, s = signature[:32], signature[32:]
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


@needs_openssl
@settings(max_examples=15, deadline=None)
@given(PRIVATE_KEYS, st.binary(max_size=200), IDENTITIES)
def test_what_openssl_signs_is_verified(
    tmp_path_factory: pytest.TempPathFactory, private_key: int, message: bytes, identity: bytes
) -> None:
    folder = tmp_path_factory.mktemp("sm2")
    arguments = ("-sign", "-inkey", "private.der", "-out", "signature")
    assert openssl(folder, private_key, message, identity, *arguments)
    signature = raw((folder / "signature").read_bytes())
    key = signing.public_key(private_key)
    assert sm2.verify(key, message, signature, identity)
    assert not sm2.verify(key, message + b"!", signature, identity)
    assert not sm2.verify(key, message, signature, identity + b"!")


@needs_openssl
@settings(max_examples=15, deadline=None)
@given(PRIVATE_KEYS, st.binary(max_size=200), IDENTITIES, st.booleans())
def test_openssl_verifies_what_is_signed_here_and_refuses_what_is_refused_here(
    tmp_path_factory: pytest.TempPathFactory,
    private_key: int,
    message: bytes,
    identity: bytes,
    is_changed: bool,
) -> None:
    folder = tmp_path_factory.mktemp("sm2")
    signature = signing.sign(private_key, message, identity)
    (folder / "signature").write_bytes(der(signature))
    message += b"!" * is_changed
    arguments = ("-verify", "-pubin", "-inkey", "public.der", "-sigfile", "signature")
    key = signing.public_key(private_key)
    verdict = openssl(folder, private_key, message, identity, *arguments)
    assert verdict == sm2.verify(key, message, signature, identity) == (not is_changed)


@settings(max_examples=60, deadline=None)
@given(PRIVATE_KEYS, st.binary(min_size=1, max_size=200), st.integers(0, 520))
def test_gmssl_agrees_on_right_and_changed_signatures(
    private_key: int, message: bytes, bit: int
) -> None:
    gmssl = pytest.importorskip("gmssl_pyx")
    key = signing.public_key(private_key)
    theirs = raw(gmssl.sm2_sign(private_key.to_bytes(32, "big"), key[1:], message))
    assert sm2.verify(key, message, theirs)
    ours = bytearray(signing.sign(private_key, message))
    if bit < 512:
        ours[bit // 8] ^= 1 << bit % 8
    verdict = sm2.verify(key, message, bytes(ours))
    assert verdict == (bit >= 512)
    try:
        assert gmssl.sm2_verify(key[1:], message, der(bytes(ours))) == verdict
    except gmssl.GmsslInnerError:
        assert not verdict


@settings(deadline=None)
@given(st.binary(max_size=130), st.binary(max_size=130))
def test_any_bytes_at_all_are_refused_quietly(key: bytes, signature: bytes) -> None:
    assert not sm2.verify(key, b"message", signature)
    assert not sm2.verify(b"\x04" + key[:64], b"message", signature[:64])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_hmac_for_ephemeral_keys_is_openssl_s(key: bytes, message: bytes) -> None:
    oracle = hmac.HMAC(key, hashes.SM3())
    oracle.update(message)
    assert signing._hmac_sm3(key, message) == oracle.finalize()


def test_the_standard_s_ephemeral_key_gives_the_standard_s_signature() -> None:
    private_key = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
    ephemeral = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
    digest = sm2.digest(signing.public_key(private_key), b"message digest")
    assert signing.sign_digest(private_key, digest, lambda: ephemeral).hex() == (
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    )


def test_ephemeral_keys_that_would_give_the_key_away_are_passed_over() -> None:
    private_key, good = 12345, 67890
    x, _ = signing._multiple_of_g(good)
    # r = 0 and r + k = n for this ephemeral key.
    for r in (0, sm2.N - good):
        digest = ((r - x) % sm2.N).to_bytes(32, "big")
        keys = iter((good, good + 1))
        signature = signing.sign_digest(private_key, digest, lambda keys=keys: next(keys))
        assert next(keys, None) is None
        assert int.from_bytes(signature[:32], "big") not in (0, sm2.N - good)


@given(PRIVATE_KEYS, st.binary(max_size=40))
@settings(max_examples=10, deadline=None)
def test_a_signature_is_the_same_every_time_and_no_other_message_s(
    private_key: int, message: bytes
) -> None:
    signature = signing.sign(private_key, message)
    assert signing.sign(private_key, message) == signature
    other = signing.sign(private_key, message + b"!")
    assert other[:32] != signature[:32] and other[32:] != signature[32:]
