"""The cryptography in Python: viper where the interpreter compiles it, else the reference.

`crypto` offers these names when the native core is absent; nothing else should import them.
"""

from .ccm import ccm_open, ccm_seal
from .cmac import cmac as cmac_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sm3 import Sm3
    from .sm4 import Sm4

    BACKEND = ""
else:
    try:
        from .sm3_viper import Sm3
        from .sm4_viper import Sm4

        BACKEND = "viper"
    except (ImportError, SyntaxError, ValueError):
        # CPython has no module `micropython`; a port without the emitter refuses the decorator with
        # SyntaxError, or code compiled for another architecture with ValueError.
        from .sm3 import Sm3
        from .sm4 import Sm4

        BACKEND = "reference"

__all__ = ["BACKEND", "Aead", "Sm3", "Sm4", "cmac", "sm3"]


class Aead:
    """SM4-CCM over whole packets under one 16-byte key; the header is authenticated only.

    ValueError: a key of other than 16 bytes, a nonce of other than 12, a tag length other than
    4, 6, ... 16, a negative header length. No content of a packet raises.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = Sm4(key)

    def seal(self, nonce: bytes, header: bytes, body: bytes, tag_length: int) -> bytes:
        """Return header, encrypted body and tag in one."""
        _check_nonce(nonce)
        return header + ccm_seal(self._cipher, nonce, header, body, tag_length)

    def open(
        self, nonce: bytes, packet: bytes, header_length: int, tag_length: int
    ) -> "bytes | None":
        """Return the body of a sealed packet, or None when it is forged or too short."""
        _check_nonce(nonce)
        if header_length < 0:
            raise ValueError("header_length must not be negative, it is " + str(header_length))
        header = packet[:header_length]
        return ccm_open(self._cipher, nonce, header, packet[header_length:], tag_length)


def _check_nonce(nonce: bytes) -> None:
    if len(nonce) != 12:
        raise ValueError("nonce must be 12 bytes, not " + str(len(nonce)))


def cmac(key: bytes, message: bytes) -> bytes:
    """Return the 16-byte SM4-CMAC of `message`; ValueError when the key is not 16 bytes."""
    return cmac_over(Sm4(key), message)


def sm3(data: bytes) -> bytes:
    """Return the 32-byte SM3 hash of `data`."""
    return Sm3(data).digest()
