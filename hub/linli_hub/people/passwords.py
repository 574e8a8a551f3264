"""Passwords are kept as scrypt hashes (RFC 7914), each with its salt and its cost."""

import base64
import hashlib
import hmac

from linli_protocol.types import Random

# 16 MiB and some 50 ms on a small box; OWASP's password storage cheat sheet has it in its list.
_N, _R, _P = 2**14, 8, 5
_SALT_LENGTH = 16
_HASH_LENGTH = 32
_MEMORY = 64 * 1024 * 1024
LEAST_LENGTH = 12
"""NIST SP 800-63B-4 asks 15 characters of a password that is the only factor, 8 of others."""


def hashed(password: str, random: Random) -> str:
    """Return what to keep of a password."""
    salt = random(_SALT_LENGTH)
    return "$".join(
        ("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(_hash(password, salt, _N, _R, _P)))
    )


def matches(password: str, kept: str) -> bool:
    """Tell whether a password is the one of which `kept` was kept."""
    _, n, r, p, salt, expected = kept.split("$")
    there = _hash(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(there, base64.b64decode(expected))


def _hash(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, dklen=_HASH_LENGTH, maxmem=_MEMORY
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
