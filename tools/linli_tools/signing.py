"""SM2 keys and signatures of the vendor, for hosts.

Python's big integers are not constant time, and neither is anything here: sign on a machine to
which nobody else has access, best one without a network, or let a security module sign the bytes
that `bundle.manifest` returns.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from linli_protocol import sm2
from linli_protocol.crypto import sm3

from .failure import Failure
from .key_text import private_text

_LENGTH = 32
_BLOCK = 64  # of SM3, for HMAC

Random = Callable[[int], bytes]


def new_key(random: Random = secrets.token_bytes) -> int:
    """Return a private key d, 0 < d < n - 1 (GB/T 32918.1, 6.1); not 1, which everyone knows."""
    while True:
        key = int.from_bytes(random(_LENGTH), "big")
        if 1 < key < sm2.N - 1:
            return key


def public_key(private_key: int) -> bytes:
    """Return the 65 bytes of the public key."""
    x, y = _multiple_of_g(private_key)
    return b"\x04" + x.to_bytes(_LENGTH, "big") + y.to_bytes(_LENGTH, "big")


def sign(private_key: int, message: bytes, identity: bytes = sm2.DEFAULT_IDENTITY) -> bytes:
    """Return the signature of `message`, r then s, 64 bytes; the same one every time.

    The ephemeral key comes from private key and digest as RFC 6979 has it, with HMAC-SM3: no random
    number can be bad, and a bundle built again is the same to the last bit.
    """
    digest = sm2.digest(public_key(private_key), message, identity)
    return sign_digest(private_key, digest, _ephemeral_keys(private_key, digest))


def sign_digest(private_key: int, digest: bytes, ephemeral_keys: Callable[[], int]) -> bytes:
    """Sign e = `digest`, taking ephemeral keys until one serves (GB/T 32918.2, 6.1).

    `ephemeral_keys` must never give the same number for two digests, nor any that can be guessed.
    """
    e = int.from_bytes(digest, "big")
    while True:
        k = ephemeral_keys()
        r = (e + _multiple_of_g(k)[0]) % sm2.N
        if not r or r + k == sm2.N:
            continue
        s = pow(1 + private_key, -1, sm2.N) * (k - r * private_key) % sm2.N
        if s:
            return r.to_bytes(_LENGTH, "big") + s.to_bytes(_LENGTH, "big")


def write_key(path: Path, private_key: int) -> None:
    """Write a private key in 64 hexadecimal digits to a new file that its owner alone can read.

    Failure when the file exists or cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failure(f"{path}: exists, and keys are never overwritten") from None
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{private_key:064x}\n")


def read_key(path: Path) -> int:
    """Return the private key in a file; Failure when it holds none, or others can read it."""
    text = private_text(path).strip()
    try:
        key = int.from_bytes(bytes.fromhex(text), "big")
    except ValueError:
        key = 0
    if len(text) != 2 * _LENGTH or not 1 < key < sm2.N - 1:
        raise Failure(f"{path}: not a private SM2 key of {2 * _LENGTH} hexadecimal digits")
    return key


def write_public_key(path: Path, key: bytes) -> None:
    """Write a public key, 65 bytes, in 130 hexadecimal digits to a new file.

    Failure when the file exists or cannot be made.
    """
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(key.hex() + "\n")
    except FileExistsError:
        raise Failure(f"{path}: exists, and keys are never overwritten") from None
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error


def read_public_key(path: Path) -> bytes:
    """Return the public key in a file, 65 bytes; Failure when it holds none."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    except ValueError:
        key = b""
    if not sm2.is_public_key(key):
        raise Failure(
            f"{path}: not a public SM2 key of {2 * sm2.KEY_LENGTH} hexadecimal digits, 04 first"
        )
    return key


def _multiple_of_g(factor: int) -> tuple[int, int]:
    point = sm2.INFINITY
    for bit in bin(factor)[2:]:
        point = sm2.double(point)
        if bit == "1":
            point = sm2.add(point, sm2.GX, sm2.GY)
    x, y, z = point
    inverse = pow(z, -1, sm2.P)
    return x * inverse**2 % sm2.P, y * inverse**3 % sm2.P


def _hmac_sm3(key: bytes, message: bytes) -> bytes:
    """HMAC (RFC 2104) under a key of up to one block."""
    padded = key.ljust(_BLOCK, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in padded) + message)
    return sm3(bytes(byte ^ 0x5C for byte in padded) + inner)


def _ephemeral_keys(private_key: int, digest: bytes) -> Callable[[], int]:
    """RFC 6979, section 3.2, whose qlen and hlen are both 256 here."""
    reduced = int.from_bytes(digest, "big") % sm2.N
    seed = private_key.to_bytes(_LENGTH, "big") + reduced.to_bytes(_LENGTH, "big")
    v = b"\x01" * _LENGTH
    k = _hmac_sm3(bytes(_LENGTH), v + b"\0" + seed)
    v = _hmac_sm3(k, v)
    k = _hmac_sm3(k, v + b"\x01" + seed)
    v = _hmac_sm3(k, v)

    def take() -> int:
        nonlocal k, v
        while True:
            v = _hmac_sm3(k, v)
            candidate = int.from_bytes(v, "big")
            k = _hmac_sm3(k, v + b"\0")
            v = _hmac_sm3(k, v)
            if 0 < candidate < sm2.N:
                return candidate

    return take
