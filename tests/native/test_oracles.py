"""Every engine against libgcrypt on random inputs; OpenSSL's turn is in test_core_build.py."""

import importlib
import random
from pathlib import Path

import pytest

import libgcrypt
from c_compiler import AS_INSTALLED, CC, NO_CC, build, run
from core_cases import Cases
from libgcrypt import Mode

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")

pytestmark = pytest.mark.skipif(libgcrypt.MISSING != "", reason=libgcrypt.MISSING)

LENGTHS = [*range(70), 111, 127, 128, 129, 255, 256, 257, 511, 512, 600, 1023, 2047, 2049, 5000]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the program that runs cases on every engine."""
    source = Path(__file__).parent / "vectors.c"
    return build(tmp_path_factory.mktemp("vectors"), source, *AS_INSTALLED)


def libgcrypt_cases(seed: int) -> str:
    """Return cases of vectors.c whose results are libgcrypt's."""
    made, source = Cases(), random.Random(seed)
    for length in LENGTHS:
        key, iv, plain = source.randbytes(16), source.randbytes(16), source.randbytes(length)
        blocks = plain[: length // 16 * 16] or source.randbytes(16)
        made.add("ecb", key, blocks, libgcrypt.encrypt(Mode.ECB, key, b"", blocks))
        made.add("cbc", key, iv, blocks, libgcrypt.encrypt(Mode.CBC, key, iv, blocks))
        late = (2**128 - source.randrange(1, 40)).to_bytes(16, "big")
        for counter in (iv, late):
            encrypted = libgcrypt.encrypt(Mode.CTR, key, counter, plain)
            made.add("ctr", key, counter, plain, encrypted)
        for nonce_length in range(7, 14):
            header = source.randbytes(source.choice([0, 1, 8, 14, 15, 30, 31, 100, 4000]))
            given = source.randbytes(nonce_length), header, plain
            tag_length = source.randrange(4, 17, 2)
            sealed = libgcrypt.seal(Mode.CCM, key, *given, tag_length)
            made.add("ccm", key, *given, sealed, tag_length)
        for nonce_length in (12, source.randrange(1, 70)):
            header = source.randbytes(source.choice([0, 1, 16, 64, 65, 4000]))
            given = source.randbytes(nonce_length), header, plain
            sealed = libgcrypt.seal(Mode.GCM, key, *given, 16)
            made.add("gcm", key, *given, sealed, 16)
        made.add("cmac", key, plain, libgcrypt.cmac(key, plain))
        made.add("sm3", plain, libgcrypt.sm3(plain))
        long_key = source.randbytes(source.choice([1, 32, 63, 64, 65, 200]))
        made.add("hmac", long_key, plain, libgcrypt.hmac_sm3(long_key, plain))
    return made.text()


@pytest.mark.parametrize("seed", [1, 2])
def test_every_engine_agrees_with_libgcrypt(vectors: Path, seed: int) -> None:
    given = libgcrypt_cases(seed)
    assert run(vectors, given=given) == f"{len(given.splitlines())} cases\n"


@pytest.mark.parametrize("length", [0xFEFF, 0xFF00, 0xFFFF, 0x10000, 70_001])
def test_ccm_headers_whose_length_takes_two_or_six_bytes_are_libgcrypt_s(length: int) -> None:
    source = random.Random(length)
    key, nonce, header, body = (source.randbytes(n) for n in (16, 12, length, 50))
    sealed = libgcrypt.seal(Mode.CCM, key, nonce, header, body, 16)
    assert native.Ccm(key).seal(nonce, header, body, 16) == sealed
    assert native.Ccm(key).open(nonce, header, sealed, 16) == body


@pytest.mark.parametrize("length", [70_000, 1 << 20])
def test_long_messages_are_libgcrypt_s(length: int) -> None:
    source = random.Random(length)
    key, nonce, body = (source.randbytes(n) for n in (16, 12, length))
    for mode, cipher in (Mode.CCM, native.Ccm(key)), (Mode.GCM, native.Gcm(key)):
        sealed = libgcrypt.seal(mode, key, nonce, b"header", body, 16)
        assert cipher.seal(nonce, b"header", body, 16) == sealed
        assert cipher.open(nonce, b"header", sealed, 16) == body
    assert native.sm3(body) == libgcrypt.sm3(body)
    assert native.cmac(key, body) == libgcrypt.cmac(key, body)
