"""Many hashes of the chain at once: by the native core if present, else one after the other."""

from collections.abc import Sequence

from linli_protocol.crypto import sm3

try:
    from linli_native import sm3_chain
except ImportError:

    def sm3_chain(previous: bytes, messages: Sequence[bytes]) -> list[bytes]:
        """Return a hash for each message: of the hash before, at first `previous`, and it."""
        hashes = []
        for message in messages:
            previous = sm3(previous + message)
            hashes.append(previous)
        return hashes


__all__ = ["sm3_chain"]
