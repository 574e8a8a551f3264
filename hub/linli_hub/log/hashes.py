"""Many hashes of the chain at once: by the native core if present, else one after the other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linli_protocol.crypto import sm3


def one_by_one(previous: bytes, messages: Sequence[bytes]) -> list[bytes]:
    """Return a hash for each message: of the hash before, at first `previous`, and the message."""
    hashes = []
    for message in messages:
        previous = sm3(previous + message)
        hashes.append(previous)
    return hashes


if TYPE_CHECKING:
    sm3_chain = one_by_one
else:
    try:
        from linli_native import sm3_chain
    except ImportError:
        sm3_chain = one_by_one
