"""Whole packets sealed with SM4-CCM, one a call, and the frames that carry them on a byte stream.

Bytes may come in any contiguous buffer; `bytes` are fastest. A method `..._into` writes to the
beginning of `out`, a writable buffer that overlaps no other argument, and returns how many bytes
that were. TypeError and ValueError name the argument at fault. What a message holds never raises:
forged or too short, it gives None, and in `out` the body's place is as it was or zeros.

Threads may share an object. Buffers that another thread changes during a call make its result
worthless, and do no other harm.
"""

from ._arguments import apart, integer, readable, room
from ._engine import ffi, lib
from ._keys import expanded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Data

__all__ = ["Aead"]

_TAG_LENGTHS = frozenset((4, 6, 8, 10, 12, 14, 16))
_packet_seal = lib.linli_packet_seal
_packet_open = lib.linli_packet_open
_frame_seal = lib.linli_frame_seal
_frame_open = lib.linli_frame_open


class Aead:
    """SM4-CCM over whole packets under one 16-byte key; the header is authenticated only.

    ValueError: a key of other than 16 bytes, a nonce of other than 12, a tag length other than
    4, 6, ... 16, a negative header length, a body of 16 MiB. No content of a packet raises.
    """

    __slots__ = ("_context",)

    def __init__(self, key: "Data") -> None:
        self._context = expanded(key)

    # The checks are written out where new bytes are returned: every packet of a program passes
    # there, and a call costs as much as all of them.

    def seal(self, nonce: "Data", header: "Data", body: "Data", tag_length: int) -> bytes:
        """Return header, encrypted body and tag in one."""
        if not (type(nonce) is type(header) is type(body) is bytes and type(tag_length) is int):
            nonce, header, body, tag_length = _to_seal(nonce, header, body, tag_length)
        if len(nonce) != 12 or tag_length not in _TAG_LENGTHS:
            raise _refusal(nonce, tag_length)
        header_length = len(header)
        body_length = len(body)
        out = bytes(header_length + body_length + tag_length)
        if _packet_seal(
            self._context, out, nonce, header, header_length, body, body_length, tag_length
        ):
            raise _too_long()
        return out

    def seal_into(
        self, out: "Data", nonce: "Data", header: "Data", body: "Data", tag_length: int
    ) -> int:
        """Write header, encrypted body and tag."""
        views = not (type(nonce) is type(header) is type(body) is bytes and type(tag_length) is int)
        if views:
            nonce, header, body, tag_length = _to_seal(nonce, header, body, tag_length)
        if len(nonce) != 12 or tag_length not in _TAG_LENGTHS:
            raise _refusal(nonce, tag_length)
        header_length = len(header)
        body_length = len(body)
        length = header_length + body_length + tag_length
        target = room(out, length)
        if views:
            apart(target, nonce=nonce, header=header, body=body)
        if _packet_seal(
            self._context, target, nonce, header, header_length, body, body_length, tag_length
        ):
            raise _too_long()
        return length

    def open(
        self, nonce: "Data", packet: "Data", header_length: int, tag_length: int
    ) -> "bytes | None":
        """Return the body of a sealed packet, or None when it is forged or too short."""
        if not (
            type(nonce) is type(packet) is bytes and type(header_length) is type(tag_length) is int
        ):
            nonce, packet, header_length, tag_length = _to_open(
                nonce, "packet", packet, header_length, tag_length
            )
        if len(nonce) != 12 or tag_length not in _TAG_LENGTHS or header_length < 0:
            raise _refusal(nonce, tag_length, header_length)
        length = len(packet)
        body_length = length - header_length - tag_length
        if body_length < 0:
            return None
        out = bytes(body_length)
        if _packet_open(self._context, out, nonce, packet, length, header_length, tag_length):
            return None
        return out

    def open_into(
        self, out: "Data", nonce: "Data", packet: "Data", header_length: int, tag_length: int
    ) -> "int | None":
        """Write the body of a sealed packet; None when it is forged or too short."""
        views = not (
            type(nonce) is type(packet) is bytes and type(header_length) is type(tag_length) is int
        )
        if views:
            nonce, packet, header_length, tag_length = _to_open(
                nonce, "packet", packet, header_length, tag_length
            )
        if len(nonce) != 12 or tag_length not in _TAG_LENGTHS or header_length < 0:
            raise _refusal(nonce, tag_length, header_length)
        length = len(packet)
        body_length = length - header_length - tag_length
        if body_length < 0:
            return None
        target = room(out, body_length)
        if views:
            apart(target, nonce=nonce, packet=packet)
        if _packet_open(self._context, target, nonce, packet, length, header_length, tag_length):
            return None
        return body_length

    def seal_frame(self, nonce: "Data", header: "Data", body: "Data", tag_length: int) -> bytes:
        """Return what `seal` does as a frame: 00 || COBS(packet || CRC-16) || 00."""
        if not (type(nonce) is type(header) is type(body) is bytes and type(tag_length) is int):
            nonce, header, body, tag_length = _to_seal(nonce, header, body, tag_length)
        if len(nonce) != 12 or tag_length not in _TAG_LENGTHS:
            raise _refusal(nonce, tag_length)
        header_length = len(header)
        body_length = len(body)
        packet_length = header_length + body_length + tag_length
        out = bytes(packet_length + 5 + (packet_length + 1) // 254)
        length = _frame_seal(
            self._context, out, nonce, header, header_length, body, body_length, tag_length
        )
        if length < 0:
            raise _too_long()
        return out[:length]

    def seal_frame_into(
        self, out: "Data", nonce: "Data", header: "Data", body: "Data", tag_length: int
    ) -> int:
        """Write what `seal_frame` returns; `out` must have room for the longest such frame.

        That is p + 5 + (p + 1) // 254 bytes for a packet of p; what lies behind the frame in them
        is of no use.
        """
        views = not (type(nonce) is type(header) is type(body) is bytes and type(tag_length) is int)
        if views:
            nonce, header, body, tag_length = _to_seal(nonce, header, body, tag_length)
        if len(nonce) != 12 or tag_length not in _TAG_LENGTHS:
            raise _refusal(nonce, tag_length)
        header_length = len(header)
        body_length = len(body)
        packet_length = header_length + body_length + tag_length
        target = room(out, packet_length + 5 + (packet_length + 1) // 254)
        if views:
            apart(target, nonce=nonce, header=header, body=body)
        length = _frame_seal(
            self._context, target, nonce, header, header_length, body, body_length, tag_length
        )
        if length < 0:
            raise _too_long()
        return length

    def open_frame(
        self, nonce: "Data", frame: "Data", header_length: int, tag_length: int
    ) -> "bytes | None":
        """Return the body of one frame, its zeros there or not; None when damaged or forged.

        Who must see the header to know the nonce takes `decode_frame` and `open`.
        """
        if not (
            type(nonce) is type(frame) is bytes and type(header_length) is type(tag_length) is int
        ):
            nonce, frame, header_length, tag_length = _to_open(
                nonce, "frame", frame, header_length, tag_length
            )
        if len(nonce) != 12 or tag_length not in _TAG_LENGTHS or header_length < 0:
            raise _refusal(nonce, tag_length, header_length)
        frame_length = len(frame)
        if header_length > frame_length:
            return None
        out = bytes(frame_length)
        length = _frame_open(
            self._context, out, nonce, frame, frame_length, header_length, tag_length
        )
        return out[header_length:length] if length >= 0 else None

    def open_frame_into(
        self, out: "Data", nonce: "Data", frame: "Data", header_length: int, tag_length: int
    ) -> "int | None":
        """Write the body of one frame; None when it is damaged or forged. `out` may be `frame`."""
        body = self.open_frame(nonce, frame, header_length, tag_length)
        if body is None:
            return None
        # How long it is comes out with the zeros that COBS had hidden.
        ffi.memmove(room(out, len(body)), body, len(body))
        return len(body)


def _to_seal(
    nonce: "Data", header: "Data", body: "Data", tag_length: int
) -> "tuple[Data, Data, Data, int]":
    """Return the arguments as C takes them."""
    return (
        readable("nonce", nonce),
        readable("header", header),
        readable("body", body),
        integer("tag_length", tag_length),
    )


def _to_open(
    nonce: "Data", name: str, data: "Data", header_length: int, tag_length: int
) -> "tuple[Data, Data, int, int]":
    """Return the arguments as C takes them; `name` is that of `data`."""
    return (
        readable("nonce", nonce),
        readable(name, data),
        integer("header_length", header_length),
        integer("tag_length", tag_length),
    )


def _refusal(nonce: "Data", tag_length: int, header_length: int = 0) -> ValueError:
    if len(nonce) != 12:
        return ValueError(f"nonce must be 12 bytes, not {len(nonce)}")
    if header_length < 0:
        return ValueError(f"header_length must not be negative, it is {header_length}")
    return ValueError(f"tag_length must be 4, 6, ... or 16, not {tag_length}")


def _too_long() -> ValueError:
    return ValueError("body must be shorter than 16 MiB, and header than 4 GiB")
