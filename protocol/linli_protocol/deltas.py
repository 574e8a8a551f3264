"""Register readings as Rice-coded differences: a day of hourly litres in some twenty bytes.

Layout: one byte count, one byte parameter k (0-24), then the differences, most significant bit
first. A difference d is d >> k as that many one bits and a zero, then the low k bits of d. Where
d >> k reaches 15, fifteen one bits are followed by d in 32 bits instead. The last byte is filled
with zero bits.

Source: R. F. Rice, "Some practical universal noiseless coding techniques", JPL 79-22, 1979, with
an escape so that one burst cannot blow the message up.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_COUNT = 255
MAX_PARAMETER = 24
_ESCAPE = 15
_LIMIT = 0xFFFFFFFF


def _length(differences: "Sequence[int]", k: int) -> int:
    bits = 0
    for difference in differences:
        quotient = difference >> k
        bits += quotient + 1 + k if quotient < _ESCAPE else _ESCAPE + 32
    return bits


def encode(differences: "Sequence[int]") -> bytes:
    """Return the coding of up to 255 differences, each in [0, 2^32), with the best parameter.

    ValueError when there are more or one is out of range.
    """
    if len(differences) > MAX_COUNT:
        raise ValueError("more than 255 differences")
    for difference in differences:
        if not 0 <= difference <= _LIMIT:
            raise ValueError("difference out of range")
    k = min(range(MAX_PARAMETER + 1), key=lambda k: _length(differences, k))
    out = bytearray((len(differences), k))
    pending = filled = 0
    for difference in differences:
        quotient = difference >> k
        fields: "tuple[tuple[int, int], ...]"
        if quotient < _ESCAPE:
            fields = (((1 << (quotient + 1)) - 2, quotient + 1), (difference & ((1 << k) - 1), k))
        else:
            fields = (
                ((1 << _ESCAPE) - 1, _ESCAPE),
                (difference >> 16, 16),
                (difference & 0xFFFF, 16),
            )
        for value, width in fields:
            pending = pending << width | value
            filled += width
            while filled >= 8:
                filled -= 8
                out.append(pending >> filled)
                pending &= (1 << filled) - 1
    if filled:
        out.append(pending << (8 - filled))
    return bytes(out)


def decode(data: bytes) -> "list[int]":
    """Return the differences; ValueError when the bytes are not one complete coding."""
    if len(data) < 2:
        raise ValueError("truncated")
    count, k = data[0], data[1]
    if k > MAX_PARAMETER:
        raise ValueError("parameter out of range")
    reader = _Bits(data, 2)
    differences = []
    for _ in range(count):
        quotient = 0
        while quotient < _ESCAPE and reader.take(1):
            quotient += 1
        if quotient < _ESCAPE:
            differences.append(quotient << k | reader.take(k))
        else:
            differences.append(reader.take(32))
    if not reader.finished():
        raise ValueError("bytes after the last difference")
    return differences


class _Bits:
    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._at = start * 8

    def take(self, width: int) -> int:
        value = 0
        for _ in range(width):
            index = self._at >> 3
            if index >= len(self._data):
                raise ValueError("truncated")
            value = value << 1 | self._data[index] >> (7 - (self._at & 7)) & 1
            self._at += 1
        return value

    def finished(self) -> bool:
        return (self._at + 7) >> 3 == len(self._data)
