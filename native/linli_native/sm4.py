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

    from ._core import CData, Data

__all__ = ["Sm4"]

_CHAIN = ffi.typeof("uint8_t[16]")
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
        return self._fresh(lib.linli_cbc_encrypt, 16, data, iv=iv)

    def encrypt_cbc_into(self, out: "Data", iv: "Data", data: "Data") -> int:
        """Write what `encrypt_cbc` returns."""
        return self._into(lib.linli_cbc_encrypt, 16, out, data, iv=iv)

    def decrypt_cbc(self, iv: "Data", data: "Data") -> bytes:
        """Return what `encrypt_cbc` was given."""
        return self._fresh(lib.linli_cbc_decrypt, 16, data, iv=iv)

    def decrypt_cbc_into(self, out: "Data", iv: "Data", data: "Data") -> int:
        """Write what `decrypt_cbc` returns."""
        return self._into(lib.linli_cbc_decrypt, 16, out, data, iv=iv)

    def ctr(self, counter: "Data", data: "Data") -> bytes:
        """Return any number of bytes encrypted, or decrypted: both are the same.

        The first block's counter is `counter`, 16 bytes, most significant first; the next have one
        more each.
        """
        return self._fresh(lib.linli_ctr, 1, data, counter=counter)

    def ctr_into(self, out: "Data", counter: "Data", data: "Data") -> int:
        """Write what `ctr` returns."""
        return self._into(lib.linli_ctr, 1, out, data, counter=counter)

    def _fresh(self, run: "Callable[..., None]", unit: int, data: "Data", **chain: "Data") -> bytes:
        """Return the output of a mode that takes `data` in units of so many bytes."""
        given = _whole(unit, data)
        out = bytes(len(given))
        run(self._context, *_copies(chain), out, given, len(given) // unit)
        return out

    def _into(
        self, run: "Callable[..., None]", unit: int, out: "Data", data: "Data", **chain: "Data"
    ) -> int:
        given = _whole(unit, data)
        target = room(out, len(given))
        same_or_apart(target, data=given)
        run(self._context, *_copies(chain), target, given, len(given) // unit)
        return len(given)


def _whole(unit: int, value: "Data") -> "Data":
    data = readable("data", value)
    if len(data) % unit:
        raise ValueError(f"data must be a multiple of {unit} bytes, not {len(data)}")
    return data


def _copies(chain: "dict[str, Data]") -> "list[CData]":
    """Return a copy of an IV or counter, because the core moves it on."""
    copies = []
    for name, value in chain.items():
        copies.append(ffi.new(_CHAIN))
        ffi.memmove(copies[0], exactly(16, name, value), 16)
    return copies
