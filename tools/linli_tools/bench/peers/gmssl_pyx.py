"""gmssl_pyx: GmSSL in Python, every call with a new key. GCM seals its packets."""

from functools import partial
from importlib import import_module
from importlib.metadata import version

from ..jobs import BLOCK, HEADER, KEY, Call, Implementation, Job, Kind, data
from .packets import Open, Seal, Sealed, makers

_gmssl = import_module("gmssl_pyx")


def _sealer(key: bytes) -> Seal:
    seal = _gmssl.sm4_gcm_encrypt
    return lambda nonce, body: seal(key, nonce, HEADER, body)


def _opener(key: bytes) -> Open:
    open_ = _gmssl.sm4_gcm_decrypt

    def opened(nonce: bytes, sealed: Sealed) -> object:
        encrypted, tag = sealed
        return open_(key, nonce, HEADER, encrypted, tag)

    return opened


def _cbc_encrypt(job: Job) -> Call:
    # Padding makes it the full length.
    return partial(_gmssl.sm4_cbc_padding_encrypt, KEY, BLOCK, data(job.length - 1))


def _cbc_decrypt(job: Job) -> Call:
    padded = _gmssl.sm4_cbc_padding_encrypt(KEY, BLOCK, data(job.length - 1))
    return partial(_gmssl.sm4_cbc_padding_decrypt, KEY, BLOCK, padded)


_packets = makers(_sealer, _opener)

IMPLEMENTATION = Implementation(
    "gmssl_pyx",
    version("gmssl_pyx"),
    {
        Kind.CTR: lambda job: partial(_gmssl.sm4_ctr_encrypt, KEY, BLOCK, data(job.length)),
        Kind.CBC_ENCRYPT: _cbc_encrypt,
        Kind.CBC_DECRYPT: _cbc_decrypt,
        Kind.GCM: _packets[Kind.SEAL],
        Kind.SM3: lambda job: partial(_gmssl.sm3_hash, data(job.length)),
        Kind.HMAC_SM3: lambda job: partial(_gmssl.sm3_hmac, KEY, data(job.length)),
        **_packets,
    },
)
