"""COBS, checksums, frames. Data may come in any contiguous buffer; errors name the argument."""

from ._arguments import integer, readable
from ._engine import CHOSEN, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Data

__all__ = ["cobs_decode", "cobs_encode", "crc16", "crc32", "decode_frame"]

_crc16 = lib.linli_crc16
_crc32 = lib.linli_crc32
_cobs_encode = lib.linli_cobs_encode
_cobs_decode = lib.linli_cobs_decode


def crc16(data: "Data", crc: int = 0) -> int:
    """Return the CRC-16/IBM-SDLC of `data` behind what `crc` is the checksum of."""
    data = readable("data", data)
    if type(crc) is not int or not 0 <= crc <= 0xFFFF:
        crc = _checksum(crc, 16)
    return _crc16(CHOSEN, data, len(data), crc)


def crc32(data: "Data", crc: int = 0) -> int:
    """Return the CRC-32/ISO-HDLC of `data` behind what `crc` is the checksum of."""
    data = readable("data", data)
    if type(crc) is not int or not 0 <= crc <= 0xFFFFFFFF:
        crc = _checksum(crc, 32)
    return _crc32(CHOSEN, data, len(data), crc)


def _checksum(value: int, bits: int) -> int:
    crc = integer("crc", value)
    if crc < 0 or crc >> bits:
        raise ValueError(f"crc must have {bits} bits, it is {crc}")
    return crc


def cobs_encode(data: "Data") -> bytes:
    """Return `data` without zero bytes, len(data) + 1 + (len(data) - 1) // 254 bytes at most."""
    data = readable("data", data)
    length = len(data)
    out = bytes(length + 1 + length // 254)
    return out[: _cobs_encode(out, data, length)]


def cobs_decode(data: "Data") -> "bytes | None":
    """Return what `cobs_encode` was given, or None when `data` is no encoding."""
    data = readable("data", data)
    length = len(data)
    out = bytes(length)
    decoded = _cobs_decode(out, data, length)
    return out[:decoded] if decoded >= 0 else None


def decode_frame(frame: "Data") -> "bytes | None":
    """Return the packet in one frame, its zeros there or not; None when it is damaged.

    A frame is 00 || COBS(packet || CRC-16 of it, low byte first) || 00.
    """
    frame = readable("frame", frame)
    out = bytes(len(frame))
    length = lib.linli_frame_decode(CHOSEN, out, frame, len(frame))
    return out[:length] if length >= 0 else None
