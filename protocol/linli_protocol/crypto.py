"""The one door to cryptography and checksums: the native core if present, else the Python code.

All back ends give the same bytes; `BACKEND` says which one is at work: "native", "viper" (boards
without the core) or "reference". `import linli_native` says what is wrong when "native" is expected
and missing.
"""

from . import kdf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cobs import decode as cobs_decode
    from .cobs import encode as cobs_encode
    from .crc16 import crc16
    from .portable import BACKEND, Aead, Sm3, Sm4, cmac, sm3
else:
    try:
        from linli_native import Aead, Sm3, Sm4, cmac, cobs_decode, cobs_encode, crc16, sm3

        BACKEND = "native"
    except ImportError:
        from .cobs import decode as cobs_decode
        from .cobs import encode as cobs_encode
        from .crc16 import crc16
        from .portable import BACKEND, Aead, Sm3, Sm4, cmac, sm3

__all__ = [
    "BACKEND",
    "Aead",
    "Sm3",
    "Sm4",
    "cmac",
    "cobs_decode",
    "cobs_encode",
    "crc16",
    "derive",
    "sm3",
]


def derive(key: bytes, label: bytes, context: bytes) -> bytes:
    """Return the 16-byte key that SM4-CMAC derives from `key` as `kdf` describes.

    ValueError: a key of other than 16 bytes, a label that is empty or holds a zero.
    """
    return kdf.derive(cmac, key, label, context)


if not TYPE_CHECKING:
    try:
        # The same; the core of a board has not got it.
        from linli_native import derive
    except ImportError:
        pass
