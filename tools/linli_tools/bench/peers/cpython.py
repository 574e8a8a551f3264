"""What comes with Python: checksums, and SM3 where its OpenSSL has it."""

import hashlib
import hmac
import platform
from binascii import crc_hqx
from collections.abc import Callable
from functools import partial
from zlib import crc32

from ..jobs import KEY, Call, Implementation, Job, Kind, data


def _sm3(job: Job) -> Call:
    message = data(job.length)
    return lambda: hashlib.new("sm3", message).digest()


_checksums: dict[Kind, Callable[[Job], Call]] = {
    # Another polynomial of 16 bits.
    Kind.CRC16: lambda job: partial(crc_hqx, data(job.length), 0),
    Kind.CRC32: lambda job: partial(crc32, data(job.length)),
}
_hashes: dict[Kind, Callable[[Job], Call]] = {
    Kind.SM3: _sm3,
    Kind.HMAC_SM3: lambda job: partial(hmac.digest, KEY, data(job.length), "sm3"),
}

IMPLEMENTATION = Implementation(
    "CPython",
    platform.python_version(),
    _checksums | (_hashes if "sm3" in hashlib.algorithms_available else {}),
)
