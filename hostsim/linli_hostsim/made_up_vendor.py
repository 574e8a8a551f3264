"""A vendor for simulations: a published key pair, and made-up images signed with it.

A test key: that of the example in GM/T 0003.5-2012, annex A.2, which everybody can read there. No
device outside a simulation may trust it.
"""

import random

from linli_firmware.update import manifest as wire
from linli_protocol import cbor, sm2
from linli_protocol.crypto import sm3

_PRIVATE_KEY = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
_KEY_X = 0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020
_KEY_Y = 0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13
VENDOR_KEY = b"\x04" + _KEY_X.to_bytes(32, "big") + _KEY_Y.to_bytes(32, "big")

FILE_BYTES = 4096
"""Of a made-up module; compiled ones have from a few hundred bytes to some 10 kB."""


def bundle(device_kind: int, version: int, abi: int, content_bytes: int) -> bytes:
    """Return a signed bundle of noise with `content_bytes` of files in it."""
    noise = random.Random(version).randbytes(content_bytes)
    starts = range(0, content_bytes, FILE_BYTES)
    files = {f"module_{start:06x}.mpy": noise[start : start + FILE_BYTES] for start in starts}
    table = b"".join(wire.entry(name, len(data), sm3(data)) for name, data in files.items())
    signed = cbor.encode(
        {
            wire.KIND: device_kind,
            wire.VERSION: version,
            wire.LOADER: 1,
            wire.ABI: abi,
            wire.SIGNER: wire.signer_of(VENDOR_KEY),
            wire.TABLE_SIZE: len(table),
            wire.TABLE_HASH: sm3(table),
            wire.CONTENT_SIZE: content_bytes,
        }
    )
    return wire.MAGIC + len(signed).to_bytes(2, "big") + signed + _sign(signed) + table + noise


def _sign(message: bytes) -> bytes:
    """GB/T 32918.2, 6.1, with an ephemeral key that is for tests only."""
    digest = sm2.digest(VENDOR_KEY, message)
    e = int.from_bytes(digest, "big")
    k = int.from_bytes(sm3(digest), "big") % sm2.N
    x, _, z = _multiple_of_g(k)
    r = (e + x * pow(z, -2, sm2.P) % sm2.P) % sm2.N
    s = pow(1 + _PRIVATE_KEY, -1, sm2.N) * (k - r * _PRIVATE_KEY) % sm2.N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _multiple_of_g(factor: int) -> tuple[int, int, int]:
    point = sm2.INFINITY
    for bit in bin(factor)[2:]:
        point = sm2.double(point)
        if bit == "1":
            point = sm2.add(point, sm2.GX, sm2.GY)
    return point
