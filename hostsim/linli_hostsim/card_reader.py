"""The card reader on a simulated wall: it frames a card's numbers as Wiegand bits."""

from linli_protocol.access_list import CARD_FORMATS


def wiegand_frame(bit_count: int, facility: int, card: int) -> int:
    """Return the frame of a card of 26, 34 or 37 bits, the first bit the most significant.

    The first bit makes the parity of the first half even, the last that of the second half odd
    (SIA AC-01-1996.10); with 37 bits the halves share the middle bit.
    """
    _, _, card_bits = CARD_FORMATS[bit_count]
    frame = (facility << card_bits | card) << 1
    half = bit_count // 2
    first_half = frame >> half
    second_half = frame & ((1 << bit_count - half) - 1)
    frame |= (first_half.bit_count() & 1) << bit_count - 1
    return frame | (~second_half.bit_count() & 1)
