"""SM4, SM3 and framing in machine code: all of linli_protocol.crypto by the same names, and more.

| job | names |
|---|---|
| a packet | Aead |
| many packets under many keys | KeyStore, Status |
| a message | Ccm, Gcm, Sm4 |
| hashes, codes, keys | Sm3, sm3, sm3_chain, HmacSm3, hmac_sm3, cmac, derive |
| framing | cobs_encode, cobs_decode, crc16, crc32, decode_frame |
| the code at work | ENGINE, ENGINES, CONSTANT_TIME |

The environment variable LINLI_ENGINE names another engine than the fastest. Expanded keys are
overwritten when their object is collected.
"""

from ._engine import CONSTANT_TIME, ENGINE, ENGINES
from .aead import Ccm, Gcm
from .framing import cobs_decode, cobs_encode, crc16, crc32, decode_frame
from .hashes import Sm3, sm3, sm3_chain
from .macs import HmacSm3, cmac, derive, hmac_sm3
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
    "HmacSm3",
    "KeyStore",
    "Sm3",
    "Sm4",
    "Status",
    "cmac",
    "cobs_decode",
    "cobs_encode",
    "crc16",
    "crc32",
    "decode_frame",
    "derive",
    "hmac_sm3",
    "sm3",
    "sm3_chain",
]
