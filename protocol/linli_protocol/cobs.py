"""Consistent Overhead Byte Stuffing: any bytes as bytes without zero, at one byte more per 254.

Source: Cheshire and Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking
7 (2), 1999. The encoding is a row of blocks. A block is a length byte n (1..255) and n - 1 bytes
other than zero, and stands for those bytes followed by a zero, except that neither the last block
nor a full block (n = 255) brings a zero. Data that end with a full block are not given an empty
block after it; the decoder accepts one, since other encoders write it.
"""


def encode(data: bytes) -> bytes:
    """Return `data` without zero bytes, len(data) + 1 + (len(data) - 1) // 254 bytes at most."""
    out = bytearray(1)
    start = 0  # where the open block's length byte lies; len(out) - start is its value so far
    for byte in data:
        if len(out) - start == 255:
            out[start] = 255
            start = len(out)
            out.append(0)
        if byte:
            out.append(byte)
        else:
            out[start] = len(out) - start
            start = len(out)
            out.append(0)
    out[start] = len(out) - start
    return bytes(out)


def decode(data: bytes) -> bytes | None:
    """Return what `encode` was given, or None when `data` is no encoding.

    That is: when it is empty, holds a zero, or its last block ends early.
    """
    if not data or 0 in data:
        return None
    out = bytearray()
    at = 0
    end = len(data)
    while at < end:
        length = data[at]
        if at + length > end:
            return None
        out += data[at + 1 : at + length]
        at += length
        if length < 255 and at < end:
            out.append(0)
    return bytes(out)
