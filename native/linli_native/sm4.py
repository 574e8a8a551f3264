"""SM4 by blocks and in the modes that only keep secrets: ECB, CBC, CTR.

Nothing here notices a forgery: messages want Aead, Ccm or Gcm. Bytes may come in any contiguous
buffer. A method `..._into` writes to the beginning of `out`, a writable buffer that is `data`
itself or overlaps no argument, and returns how many bytes that were. TypeError and ValueError name
the argument at fault. Threads may share an object.
"""

from ._arguments import exactly, readable, room, same_or_apart
from ._engine import ffi, lib
from ._keys import expanded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ._core import Data

__all__ = ["Sm4"]

_encrypt = lib.linli_sm4_encrypt
_decrypt = lib.linli_sm4_decrypt


class Sm4:
    """SM4 under one key of 16 bytes; ValueError when a key or block has another length."""

    __slots__ = ("_context",)

    def __init__(self, key: "Data") -> None:
        self._context = expanded(key)

    def encrypt_block(self, block: "Data") -> bytes:
        """Return the 16-byte ciphertext of a 16-byte block."""
        if type(block) is not bytes or len(block) != 16:
            block = exactly(16, "block", block)
        out = bytes(16)
        _encrypt(self._context, out, block)
        return out

    def decrypt_block(self, block: "Data") -> bytes:
        """Return the 16-byte plaintext of a 16-byte block."""
        if type(block) is not bytes or len(block) != 16:
            block = exactly(16, "block", block)
        out = bytes(16)
        _decrypt(self._context, out, block)
        return out

    def encrypt_ecb(self, data: "Data") -> bytes:
        """Return whole blocks, each encrypted by itself."""
        return self._fresh(lib.linli_ecb_encrypt, 16, data)

    def encrypt_ecb_into(self, out: "Data", data: "Data") -> int:
        """Write what `encrypt_ecb` returns."""
        return self._into(lib.linli_ecb_encrypt, 16, out, data)

    def decrypt_ecb(self, data: "Data") -> bytes:
        """Return what `encrypt_ecb` was given."""
        return self._fresh(lib.linli_ecb_decrypt, 16, data)

    def decrypt_ecb_into(self, out: "Data", data: "Data") -> int:
        """Write what `decrypt_ecb` returns."""
        return self._into(lib.linli_ecb_decrypt, 16, out, data)

    def encrypt_cbc(self, iv: "Data", data: "Data") -> bytes:
        """Return whole blocks encrypted in a chain that begins with `iv`, 16 bytes."""
        return self._fresh(lib.linli_cbc_encrypt, 16, data, _copy("iv", iv))

    def encrypt_cbc_into(self, out: "Data", iv: "Data", data: "Data") -> int:
        """Write what `encrypt_cbc` returns."""
        return self._into(lib.linli_cbc_encrypt, 16, out, data, _copy("iv", iv))

    def decrypt_cbc(self, iv: "Data", data: "Data") -> bytes:
        """Return what `encrypt_cbc` was given."""
        return self._fresh(lib.linli_cbc_decrypt, 16, data, _copy("iv", iv))

    def decrypt_cbc_into(self, out: "Data", iv: "Data", data: "Data") -> int:
        """Write what `decrypt_cbc` returns."""
        return self._into(lib.linli_cbc_decrypt, 16, out, data, _copy("iv", iv))

    def ctr(self, counter: "Data", data: "Data") -> bytes:
        """Return any number of bytes encrypted, or decrypted: both are the same.

        The first block's counter is `counter`, 16 bytes, most significant first; the next have one
        more each.
        """
        return self._fresh(lib.linli_ctr, 1, data, _copy("counter", counter))

    def ctr_into(self, out: "Data", counter: "Data", data: "Data") -> int:
        """Write what `ctr` returns."""
        return self._into(lib.linli_ctr, 1, out, data, _copy("counter", counter))

    def _fresh(self, run: "Callable[..., None]", unit: int, data: "Data", *chain: bytes) -> bytes:
        """Return the output of a mode that takes `data` in units of so many bytes."""
        given = _whole(unit, data)
        length = len(given)
        out = bytes(length)
        run(self._context, *chain, out, given, length // unit)
        return out

    def _into(
        self, run: "Callable[..., None]", unit: int, out: "Data", data: "Data", *chain: bytes
    ) -> int:
        given = _whole(unit, data)
        length = len(given)
        target = room(out, length)
        same_or_apart(target, data=given)
        run(self._context, *chain, target, given, length // unit)
        return length


def _whole(unit: int, value: "Data") -> "Data":
    data = readable("data", value)
    if len(data) % unit:
        raise ValueError(f"data must be a multiple of {unit} bytes, not {len(data)}")
    return data


def _copy(name: str, value: "Data") -> bytes:
    """Return bytes of our own: the core moves an IV or a counter on."""
    if type(value) is bytes and len(value) == 16:
        return bytes(bytearray(value))
    copy = bytearray(16)
    ffi.memmove(copy, exactly(16, name, value), 16)
    return bytes(copy)
