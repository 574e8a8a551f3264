"""Wiegand frames are split into facility and card, and refused when a bit is wrong."""

from linli_firmware.apps.wiegand import parse


def framed(bit_count, data):
    """Return the frame with the parity bits that AC-01 asks for, worked out bit by bit."""
    bits = [data >> shift & 1 for shift in range(bit_count - 3, -1, -1)]
    half = (bit_count - 1) // 2
    bits = [sum(bits[:half]) & 1] + bits + [1 - (sum(bits[-half:]) & 1)]
    frame = 0
    for bit in bits:
        frame = frame << 1 | bit
    return frame


def test_a_known_card_of_26_bits():

    frame = framed(26, 123 << 16 | 4567)
    assert bin(frame >> 13).count("1") % 2 == 0
    assert bin(frame & 0x1FFF).count("1") % 2 == 1
    assert parse(frame, 26) == (123, 4567)


def test_three_formats_are_split():
    assert parse(framed(26, 255 << 16 | 65535), 26) == (255, 65535)
    assert parse(framed(34, 40000 << 16 | 50000), 34) == (40000, 50000)
    assert parse(framed(37, 40000 << 19 | 500000), 37) == (40000, 500000)


def test_any_single_wrong_bit_is_refused():
    for bit_count in (26, 34, 37):
        frame = framed(bit_count, 0x2A5A5A % (1 << (bit_count - 2)))
        assert parse(frame, bit_count) is not None
        for bit in range(bit_count):
            assert parse(frame ^ 1 << bit, bit_count) is None


def test_other_lengths_are_refused():
    assert parse(0, 0) is None
    assert parse(framed(26, 1), 27) is None
    assert parse(1 << 26 | framed(26, 1), 26) is None
