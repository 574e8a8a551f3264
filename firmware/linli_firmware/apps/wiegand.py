"""Wiegand card frames of 26, 34 and 37 bits: parity check and split.

The first bit makes the parity of the first half even, the last bit makes that of the second half
odd (SIA AC-01-1996.10 for 26 bits; the same scheme in 34 and 37). With 37 bits the halves share
the middle bit.
"""

from linli_protocol.access_list import CARD_FORMATS


def parse(frame: int, bit_count: int) -> "tuple[int, int] | None":
    """Return (facility, card) of a frame, its first bit the most significant; None when unsound."""
    widths = CARD_FORMATS.get(bit_count)
    if widths is None or frame >> bit_count:
        return None
    half = bit_count // 2
    # With an odd count both halves reach over the middle bit.
    first = frame >> half
    second = frame & ((1 << (bit_count - half)) - 1)
    if bin(first).count("1") & 1 or not bin(second).count("1") & 1:
        return None
    _, facility_bits, card_bits = widths
    data = frame >> 1 & ((1 << (bit_count - 2)) - 1)
    return data >> card_bits & ((1 << facility_bits) - 1), data & ((1 << card_bits) - 1)
