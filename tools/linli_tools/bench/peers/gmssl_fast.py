"""gmssl_fast: GmSSL in Python, every call with a new key. GCM seals its packets."""

from functools import partial
from importlib import import_module
from importlib.metadata import version

from ..jobs import BLOCK, HEADER, KEY, Call, Implementation, Job, Kind, data
from .packets import Open, Seal, Sealed, makers

_gmssl = import_module("gmssl_fast")


def _sealer(key: bytes) -> Seal:
    context = _gmssl.SM4GCM
    return lambda nonce, body: context(key, nonce).encrypt(body, HEADER)


def _opener(key: bytes) -> Open:
    context = _gmssl.SM4GCM

    def opened(nonce: bytes, sealed: Sealed) -> object:
        encrypted, tag = sealed
        return context(key, nonce).decrypt(encrypted, tag, HEADER)

    return opened


def _ecb(job: Job) -> Call:
    # Padding makes it the full length, here and in CBC.
    return partial(_gmssl.SM4(KEY, "ecb").encrypt, data(job.length - 1))


def _cbc_encrypt(job: Job) -> Call:
    return partial(_gmssl.SM4(KEY, "cbc", BLOCK).encrypt, data(job.length - 1))


def _cbc_decrypt(job: Job) -> Call:
    cipher = _gmssl.SM4(KEY, "cbc", BLOCK)
    return partial(cipher.decrypt, cipher.encrypt(data(job.length - 1)))


_packets = makers(_sealer, _opener)

IMPLEMENTATION = Implementation(
    "gmssl_fast",
    version("gmssl_fast"),
    {
        Kind.ECB: _ecb,
        Kind.CTR: lambda job: partial(_gmssl.SM4(KEY, "ctr", BLOCK).encrypt, data(job.length)),
        Kind.CBC_ENCRYPT: _cbc_encrypt,
        Kind.CBC_DECRYPT: _cbc_decrypt,
        Kind.GCM: _packets[Kind.SEAL],
        Kind.SM3: lambda job: partial(_gmssl.sm3, data(job.length)),
        Kind.HMAC_SM3: lambda job: partial(_gmssl.sm3_hmac, KEY, data(job.length)),
        Kind.ENCRYPT_BLOCK: _ecb,
        **_packets,
    },
)
