"""CCM and GCM with SM4 as the standards have them: nonce and header apart, one message a call.

Bytes may come in any contiguous buffer; `bytes` are fastest. A method `..._into` writes to the
beginning of `out`, a writable buffer that is `body` or `sealed` itself or overlaps no argument, and
returns how many bytes that were. TypeError and ValueError name the argument at fault. What a
message holds never raises: forged or too short, it gives None, and in `out` the body's place is as
it was or zeros. Threads may share an object.
"""

from ._arguments import apart, integer, readable, room, same_or_apart
from ._engine import lib
from ._keys import expanded, expanded_for_gcm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from ._core import CData, Data

__all__ = ["Ccm", "Gcm"]


class _Mode:
    """All that CCM and GCM have in common: everything but functions and limits."""

    __slots__ = ("_context",)

    _context: "CData"
    _seal_in_c: "Callable[..., int]"
    _open_in_c: "Callable[..., int]"
    _nonce_lengths: "Container[int]"
    _nonces: str
    _tag_lengths: "Container[int]"
    _tags: str
    _too_long: str

    def seal(self, nonce: "Data", header: "Data", body: "Data", tag_length: int = 16) -> bytes:
        """Return the body encrypted, and a tag behind it, which also vouches for the header."""
        if not (type(nonce) is type(header) is type(body) is bytes and type(tag_length) is int):
            nonce, header, body, tag_length = _converted(nonce, header, "body", body, tag_length)
        if len(nonce) not in self._nonce_lengths or tag_length not in self._tag_lengths:
            raise self._refusal(nonce, tag_length)
        length = len(body)
        out = bytes(length + tag_length)
        if self._seal_in_c(
            self._context, out, nonce, len(nonce), header, len(header), body, length, tag_length
        ):
            raise ValueError(self._too_long)
        return out

    def seal_into(
        self, out: "Data", nonce: "Data", header: "Data", body: "Data", tag_length: int = 16
    ) -> int:
        """Write what `seal` returns."""
        nonce, header, body, tag_length = _converted(nonce, header, "body", body, tag_length)
        if len(nonce) not in self._nonce_lengths or tag_length not in self._tag_lengths:
            raise self._refusal(nonce, tag_length)
        length = len(body)
        target = room(out, length + tag_length)
        apart(target, nonce=nonce, header=header)
        same_or_apart(target, body=body)
        if self._seal_in_c(
            self._context, target, nonce, len(nonce), header, len(header), body, length, tag_length
        ):
            raise ValueError(self._too_long)
        return length + tag_length

    def open(
        self, nonce: "Data", header: "Data", sealed: "Data", tag_length: int = 16
    ) -> "bytes | None":
        """Return the body that was sealed, or None when something is forged or too short."""
        if not (type(nonce) is type(header) is type(sealed) is bytes and type(tag_length) is int):
            nonce, header, sealed, tag_length = _converted(
                nonce, header, "sealed", sealed, tag_length
            )
        if len(nonce) not in self._nonce_lengths or tag_length not in self._tag_lengths:
            raise self._refusal(nonce, tag_length)
        length = len(sealed)
        if length < tag_length:
            return None
        out = bytes(length - tag_length)
        if self._open_in_c(
            self._context, out, nonce, len(nonce), header, len(header), sealed, length, tag_length
        ):
            return None
        return out

    def open_into(
        self, out: "Data", nonce: "Data", header: "Data", sealed: "Data", tag_length: int = 16
    ) -> "int | None":
        """Write the body that was sealed; None when something is forged or too short."""
        nonce, header, sealed, tag_length = _converted(nonce, header, "sealed", sealed, tag_length)
        if len(nonce) not in self._nonce_lengths or tag_length not in self._tag_lengths:
            raise self._refusal(nonce, tag_length)
        length = len(sealed)
        if length < tag_length:
            return None
        target = room(out, length - tag_length)
        apart(target, nonce=nonce, header=header)
        same_or_apart(target, sealed=sealed)
        if self._open_in_c(
            self._context,
            target,
            nonce,
            len(nonce),
            header,
            len(header),
            sealed,
            length,
            tag_length,
        ):
            return None
        return length - tag_length

    def _refusal(self, nonce: "Data", tag_length: int) -> ValueError:
        if len(nonce) not in self._nonce_lengths:
            return ValueError(f"nonce must be {self._nonces}, not {len(nonce)}")
        return ValueError(f"tag_length must be {self._tags}, not {tag_length}")


def _converted(
    nonce: "Data", header: "Data", name: str, data: "Data", tag_length: int
) -> "tuple[Data, Data, Data, int]":
    """Return arguments as C takes them; `name` is that of `data`."""
    return (
        readable("nonce", nonce),
        readable("header", header),
        readable(name, data),
        integer("tag_length", tag_length),
    )


class Ccm(_Mode):
    """SM4-CCM (NIST SP 800-38C) under one 16-byte key.

    ValueError: a nonce of other than 7 to 13 bytes; a tag length other than 4, 6, ... 16; a body of
    2^(8 * (15 - len(nonce))) bytes or more.
    """

    __slots__ = ()

    _seal_in_c = lib.linli_ccm_seal
    _open_in_c = lib.linli_ccm_open
    _nonce_lengths = range(7, 14)
    _nonces = "7 to 13 bytes"
    _tag_lengths = frozenset((4, 6, 8, 10, 12, 14, 16))
    _tags = "4, 6, ... or 16"
    _too_long = "body is too long for its nonce, or header has 4 GiB"

    def __init__(self, key: "Data") -> None:
        self._context = expanded(key)


class Gcm(_Mode):
    """SM4-GCM (NIST SP 800-38D, RFC 8998) under one 16-byte key; a nonce must never come twice.

    ValueError: a nonce of no bytes; a tag length other than 4, 8, 12, 13, 14, 15, 16; a body of
    more than 2^36 - 32 bytes.
    """

    __slots__ = ()

    _seal_in_c = lib.linli_gcm_seal
    _open_in_c = lib.linli_gcm_open
    _nonce_lengths = range(1, 2**61)
    _nonces = "1 byte or more"
    _tag_lengths = frozenset((4, 8, 12, 13, 14, 15, 16))
    _tags = "4, 8 or 12 to 16"
    _too_long = "body must not be longer than 64 GiB"

    def __init__(self, key: "Data") -> None:
        self._context = expanded_for_gcm(key)
