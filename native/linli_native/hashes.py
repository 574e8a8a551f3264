"""SM3. Data may come in any contiguous buffer; TypeError and ValueError name the argument."""

from array import array

from ._arguments import exactly, readable, view
from ._engine import CHOSEN, ffi, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._core import Data

__all__ = ["Sm3", "sm3", "sm3_chain"]

_CONTEXT = ffi.typeof("linli_sm3 *")
_init = lib.linli_sm3_init
_update = lib.linli_sm3_update
_digest = lib.linli_sm3_digest
_LENGTHS = ffi.typeof("uint32_t[]")
_HASH = 32


class Sm3:
    """An SM3 hash that takes its message in pieces; not for several threads at once."""

    __slots__ = ("_context",)

    def __init__(self, data: "Data" = b"") -> None:
        self._context = ffi.new(_CONTEXT)
        _init(self._context, CHOSEN)
        self.update(data)

    def update(self, data: "Data") -> None:
        """Append `data`, any number of bytes, to the message."""
        data = readable("data", data)
        _update(self._context, data, len(data))

    def digest(self) -> bytes:
        """Return the 32-byte hash of the message so far; more may be appended afterwards."""
        out = bytes(32)
        _digest(self._context, out)
        return out


def sm3(data: "Data") -> bytes:
    """Return the 32-byte SM3 hash of `data`."""
    data = readable("data", data)
    context = ffi.new(_CONTEXT)
    _init(context, CHOSEN)
    _update(context, data, len(data))
    out = bytes(32)
    _digest(context, out)
    return out


def sm3_chain(previous: bytes, messages: "Sequence[bytes]") -> "list[bytes]":
    """Return a hash for each message: of the hash before, at first `previous`, and the message."""
    start = exactly(_HASH, "previous", previous)
    pieces = [
        each if type(each) is bytes else bytes(ffi.buffer(view("message", each)))
        for each in messages
    ]
    count = len(pieces)
    data = b"".join(pieces)
    # 32 bits on every platform that cffi knows.
    lengths = array("I", [len(each) for each in pieces])
    out = bytes(count * _HASH)
    lib.linli_sm3_chain(CHOSEN, out, start, data, view("lengths", lengths, _LENGTHS), count)
    return [out[at : at + _HASH] for at in range(0, len(out), _HASH)]
