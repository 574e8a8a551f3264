"""Codes that authenticate a message, and keys derived by one of them.

Bytes may come in any contiguous buffer; TypeError and ValueError name the argument at fault.
"""

from ._arguments import integer, readable
from ._engine import CHOSEN, ffi, lib
from ._keys import expanded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Data

__all__ = ["HmacSm3", "cmac", "derive", "hmac_sm3"]


def cmac(key: "Data", message: "Data") -> bytes:
    """Return the 16-byte SM4-CMAC of `message`; ValueError when the key is not 16 bytes."""
    context = expanded(key)
    message = readable("message", message)
    out = bytes(16)
    lib.linli_cmac(context, out, message, len(message))
    return out


def derive(key: "Data", label: "Data", context: "Data", length: int = 16) -> bytes:
    """Return `length` bytes (1..4080) derived from `key`, as linli_protocol.kdf does with SM4-CMAC.

    ValueError: a key of other than 16 bytes, a label that is empty or holds a zero, a length
    outside the range.
    """
    prf = expanded(key)
    label = readable("label", label)
    context = readable("context", context)
    length = integer("length", length)
    if not 1 <= length <= 4080:
        raise ValueError(f"length must be 1 to 4080, not {length}")
    out = bytes(length)
    if lib.linli_kdf(prf, out, length, label, len(label), context, len(context)):
        raise ValueError("label must be one or more bytes other than zero")
    return out


class HmacSm3:
    """HMAC-SM3 (RFC 2104) of a message that comes in pieces; not for several threads at once."""

    __slots__ = ("_context",)

    def __init__(self, key: "Data", message: "Data" = b"") -> None:
        key = readable("key", key)
        self._context = ffi.gc(ffi.new("linli_hmac *"), lib.linli_hmac_wipe)
        lib.linli_hmac_init(self._context, CHOSEN, key, len(key))
        self.update(message)

    def update(self, message: "Data") -> None:
        """Append any number of bytes to the message."""
        message = readable("message", message)
        lib.linli_hmac_update(self._context, message, len(message))

    def digest(self) -> bytes:
        """Return the 32-byte code of the message so far; more may be appended afterwards."""
        out = bytes(32)
        lib.linli_hmac_digest(self._context, out)
        return out


def hmac_sm3(key: "Data", message: "Data") -> bytes:
    """Return the 32-byte HMAC-SM3 of `message` under a key of any length."""
    key = readable("key", key)
    message = readable("message", message)
    out = bytes(32)
    lib.linli_hmac_sm3(CHOSEN, out, key, len(key), message, len(message))
    return out
