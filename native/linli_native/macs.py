"""Message authentication. Bytes may come in any contiguous buffer; errors name the argument."""

from ._arguments import readable
from ._engine import lib
from ._keys import expanded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Data

__all__ = ["cmac"]


def cmac(key: "Data", message: "Data") -> bytes:
    """Return the 16-byte SM4-CMAC of `message`; ValueError when the key is not 16 bytes."""
    context = expanded(key)
    message = readable("message", message)
    out = bytes(16)
    lib.linli_cmac(context, out, message, len(message))
    return out
