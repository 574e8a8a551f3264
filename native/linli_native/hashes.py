"""SM3. Data may come in any contiguous buffer; TypeError and ValueError name the argument."""

from ._arguments import readable
from ._engine import CHOSEN, ffi, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Data

__all__ = ["Sm3", "sm3"]

_CONTEXT = ffi.typeof("linli_sm3 *")
_init = lib.linli_sm3_init
_update = lib.linli_sm3_update
_digest = lib.linli_sm3_digest


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
