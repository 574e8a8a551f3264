"""Linli's Python code, which does the packets' work where no native core is."""

from functools import partial
from importlib.metadata import version

from linli_protocol import cobs, portable
from linli_protocol.crc16 import crc16

from .jobs import HEADER, KEY, NONCE, TAG_LENGTH, Call, Implementation, Job, Kind, data


def _seal(job: Job) -> Call:
    return partial(portable.Aead(KEY).seal, NONCE, HEADER, data(job.length), TAG_LENGTH)


def _open(job: Job) -> Call:
    aead = portable.Aead(KEY)
    packet = aead.seal(NONCE, HEADER, data(job.length), TAG_LENGTH)
    return partial(aead.open, NONCE, packet, len(HEADER), TAG_LENGTH)


def _seal_new_key(job: Job) -> Call:
    body = data(job.length)
    return lambda: portable.Aead(KEY).seal(NONCE, HEADER, body, TAG_LENGTH)


IMPLEMENTATION = Implementation(
    portable.BACKEND,
    version("linli"),
    {
        Kind.SEAL: _seal,
        Kind.OPEN: _open,
        Kind.SEAL_NEW_KEY: _seal_new_key,
        Kind.NEW_KEY: lambda job: partial(portable.Sm4, KEY),
        Kind.ENCRYPT_BLOCK: lambda job: partial(portable.Sm4(KEY).encrypt_block, data(job.length)),
        Kind.CMAC: lambda job: partial(portable.cmac, KEY, data(job.length)),
        Kind.COBS_ENCODE: lambda job: partial(cobs.encode, data(job.length)),
        Kind.COBS_DECODE: lambda job: partial(cobs.decode, cobs.encode(data(job.length))),
        Kind.CRC16: lambda job: partial(crc16, data(job.length)),
    },
)
