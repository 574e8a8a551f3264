"""Bytes without meaning for vectors: the same everywhere, and easy to make elsewhere too."""

import hashlib


def sample(name: str, length: int) -> bytes:
    """Return `length` bytes of the SHAKE-128 output for `name` in UTF-8."""
    return hashlib.shake_128(name.encode()).digest(length)
