"""OpenSSL, through the package `cryptography`, which has no SM4-CCM: GCM seals its packets.

Contexts are used again where that is allowed: for ECB and CTR.
"""

from functools import partial

from cryptography.hazmat.backends.openssl.backend import backend
from cryptography.hazmat.primitives import cmac, hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from ..jobs import BLOCK, HEADER, KEY, Call, Implementation, Job, Kind, data
from .packets import Open, Seal, Sealed, makers


def _ecb(job: Job) -> Call:
    return partial(Cipher(SM4(KEY), modes.ECB()).encryptor().update, data(job.length))


def _ctr(job: Job) -> Call:
    encryptor = Cipher(SM4(KEY), modes.CTR(BLOCK)).encryptor()
    message = data(job.length)

    def encrypt() -> bytes:
        encryptor.reset_nonce(BLOCK)
        return encryptor.update(message)

    return encrypt


def _cbc_encrypt(job: Job) -> Call:
    cipher, message = Cipher(SM4(KEY), modes.CBC(BLOCK)), data(job.length)
    return lambda: cipher.encryptor().update(message)


def _cbc_decrypt(job: Job) -> Call:
    cipher, message = Cipher(SM4(KEY), modes.CBC(BLOCK)), data(job.length)
    return lambda: cipher.decryptor().update(message)


def _sealer(key: bytes) -> Seal:
    algorithm = SM4(key)

    def seal(nonce: bytes, body: bytes) -> Sealed:
        encryptor = Cipher(algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(HEADER)
        encrypted = encryptor.update(body)
        encryptor.finalize()
        return encrypted, encryptor.tag

    return seal


def _opener(key: bytes) -> Open:
    algorithm = SM4(key)

    def open_(nonce: bytes, sealed: Sealed) -> bytes:
        encrypted, tag = sealed
        decryptor = Cipher(algorithm, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(HEADER)
        body = decryptor.update(encrypted)
        decryptor.finalize()
        return body

    return open_


def _sm3(job: Job) -> Call:
    message = data(job.length)

    def digest() -> bytes:
        sm3 = hashes.Hash(hashes.SM3())
        sm3.update(message)
        return sm3.finalize()

    return digest


def _hmac_sm3(job: Job) -> Call:
    message = data(job.length)

    def digest() -> bytes:
        mac = hmac.HMAC(KEY, hashes.SM3())
        mac.update(message)
        return mac.finalize()

    return digest


def _cmac(job: Job) -> Call:
    message = data(job.length)

    def digest() -> bytes:
        mac = cmac.CMAC(SM4(KEY))
        mac.update(message)
        return mac.finalize()

    return digest


_packets = makers(_sealer, _opener)

IMPLEMENTATION = Implementation(
    "OpenSSL",
    # "OpenSSL 4.0.3 29 Sep 2026"
    backend.openssl_version_text().split()[1],
    {
        Kind.ECB: _ecb,
        Kind.CTR: _ctr,
        Kind.CBC_ENCRYPT: _cbc_encrypt,
        Kind.CBC_DECRYPT: _cbc_decrypt,
        Kind.GCM: _packets[Kind.SEAL],
        Kind.SM3: _sm3,
        Kind.HMAC_SM3: _hmac_sm3,
        Kind.CMAC: _cmac,
        Kind.ENCRYPT_BLOCK: _ecb,
        **_packets,
    },
)
