"""Cryptography: what the protocol does with each packet, for each back end and OpenSSL's SM4."""

from collections.abc import Callable
from types import ModuleType

from linli_protocol import packet, portable

from .measure import Measurement, call_time_us

KEY = bytes(range(16))
NONCE = bytes(12)
HEADER = bytes(packet.HEADER_LENGTH)
# A long body for this wire: a door event has some 20 bytes, a day of readings some 40.
BODY = bytes(48)
MESSAGE = bytes(1024)


def _backends() -> dict[str, ModuleType]:
    found: dict[str, ModuleType] = {portable.BACKEND: portable}
    try:
        import linli_native
    except ImportError:
        return found
    return {"native": linli_native} | found


def _calls(backend: ModuleType) -> dict[str, Callable[[], object]]:
    aead = backend.Aead(KEY)
    sealed = aead.seal(NONCE, HEADER, BODY, packet.SHORT_TAG)
    return {
        "seal 48 B": lambda: aead.seal(NONCE, HEADER, BODY, packet.SHORT_TAG),
        "open 48 B": lambda: aead.open(NONCE, sealed, len(HEADER), packet.SHORT_TAG),
        "seal 48 B, new key": lambda: backend.Aead(KEY).seal(NONCE, HEADER, BODY, packet.SHORT_TAG),
        "CMAC of 48 B, new key": lambda: backend.cmac(KEY, BODY),
        "SM3 of 1 KiB": lambda: backend.sm3(MESSAGE),
        "one block, new key": lambda: backend.Sm4(KEY).encrypt_block(KEY),
    }


def _openssl_calls() -> dict[str, Callable[[], object]]:
    """Return OpenSSL's way of doing the same jobs; without SM4-CCM, GCM stands in."""
    try:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError:
        return {}

    def seal() -> bytes:
        encryptor = Cipher(algorithms.SM4(KEY), modes.GCM(NONCE)).encryptor()
        encryptor.authenticate_additional_data(HEADER)
        return encryptor.update(BODY) + encryptor.finalize() + encryptor.tag

    def block() -> bytes:
        return Cipher(algorithms.SM4(KEY), modes.ECB()).encryptor().update(KEY)

    def digest() -> bytes:
        sm3 = hashes.Hash(hashes.SM3())
        sm3.update(MESSAGE)
        return sm3.finalize()

    return {
        "seal 48 B, new key": seal,
        "SM3 of 1 KiB": digest,
        "one block, new key": block,
    }


def measure() -> list[Measurement]:
    """Return the time of each job in µs, back ends first."""
    by_owner = {name: _calls(backend) for name, backend in _backends().items()}
    by_owner["OpenSSL"] = _openssl_calls()
    return [
        Measurement(what, owner, call_time_us(call), "µs")
        for owner, calls in by_owner.items()
        for what, call in calls.items()
    ]
