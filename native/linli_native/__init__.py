"""SM4, SM3 and framing in machine code: all of linli_protocol.crypto by the same names, and more.

| of one message | Aead, Ccm, Sm4, Sm3, cmac, crc16, crc32, cobs_encode, cobs_decode |
| of many at once | KeyStore, Status |
| which code does it | ENGINE, ENGINES, CONSTANT_TIME |

The environment variable LINLI_ENGINE names another engine than the fastest. Expanded keys are
overwritten when their object is collected.
"""

from ._engine import CONSTANT_TIME, ENGINE, ENGINES
from .aead import Ccm, Gcm
from .framing import cobs_decode, cobs_encode, crc16, crc32
from .hashes import Sm3, sm3
from .macs import cmac
from .packets import Aead
from .sm4 import Sm4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .keystore import KeyStore, Status
else:

    def __getattr__(name: str) -> object:
        """Import what needs numpy when it is asked for."""
        if name in ("KeyStore", "Status"):
            from . import keystore

            return getattr(keystore, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "CONSTANT_TIME",
    "ENGINE",
    "ENGINES",
    "Aead",
    "Ccm",
    "Gcm",
    "KeyStore",
    "Sm3",
    "Sm4",
    "Status",
    "cmac",
    "cobs_decode",
    "cobs_encode",
    "crc16",
    "crc32",
    "sm3",
]
