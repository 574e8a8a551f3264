"""Rice-coded register differences."""

from linli_protocol import deltas
from support import Random, raises, vectors


def test_worked_example():
    # k = 1: 0 -> 0 0, 3 -> 10 1, 4 -> 110 0, 1 -> 0 1, 9 -> 11110 1
    example = bytes((5, 1, 0b00101110, 0b00111110, 0b10000000))
    assert deltas.encode([0, 3, 4, 1, 9]) == example
    assert deltas.decode(example) == [0, 3, 4, 1, 9]


def test_vectors():
    for vector in vectors("messages")["deltas"]:
        coded = bytes.fromhex(vector["coded"])
        assert deltas.encode(vector["differences"]) == coded
        assert deltas.decode(coded) == vector["differences"]


def test_round_trips():
    random = Random(3)
    for limit in (1, 2, 20, 300, 100_000, 0x3FFFFFFF):
        for count in (0, 1, 24, 255):
            values = [random.below(limit) for _ in range(count)]
            assert deltas.decode(deltas.encode(values)) == values
    extremes = [0, 0xFFFFFFFF, 1, 0x80000000]
    assert deltas.decode(deltas.encode(extremes)) == extremes


def test_one_burst_does_not_blow_a_day_up():
    day = [0, 0, 0, 2, 1, 0, 8, 20, 12, 9, 10, 14, 25, 20, 9, 8, 10, 11, 14, 18, 20, 12, 6, 3]
    quiet = len(deltas.encode(day))
    day[13] = 5_000_000
    assert len(deltas.encode(day)) <= quiet + 6


def test_what_cannot_be_encoded_is_refused():
    raises(ValueError, deltas.encode, [-1])
    raises(ValueError, deltas.encode, [1 << 32])
    raises(ValueError, deltas.encode, [0] * 256)


def test_what_is_no_coding_is_refused():
    good = deltas.encode([5, 6, 7])
    for length in range(len(good)):
        raises(ValueError, deltas.decode, good[:length])
    raises(ValueError, deltas.decode, good + b"\0")
    raises(ValueError, deltas.decode, bytes((1, 25, 0)))
