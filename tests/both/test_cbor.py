"""The CBOR subset: RFC 8949 appendix A, and everything that is not the one encoding refused."""

from linli_protocol import cbor
from support import raises

# RFC 8949, appendix A, the values of the subset.
EXAMPLES = (
    (0, "00"),
    (23, "17"),
    (24, "1818"),
    (1000, "1903e8"),
    (1000000, "1a000f4240"),
    (1000000000000, "1b000000e8d4a51000"),
    (18446744073709551615, "1bffffffffffffffff"),
    (-1, "20"),
    (-100, "3863"),
    (-1000, "3903e7"),
    (-18446744073709551616, "3bffffffffffffffff"),
    (False, "f4"),
    (True, "f5"),
    (None, "f6"),
    (b"", "40"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("IETF", "6449455446"),
    ("水", "63e6b0b4"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    ({1: 2, 3: 4}, "a201020304"),
    ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
)


def test_examples_of_the_rfc():
    for value, encoded in EXAMPLES:
        assert cbor.encode(value) == bytes.fromhex(encoded), encoded
        decoded = cbor.decode(bytes.fromhex(encoded))
        assert decoded == value and type(decoded) is type(value), encoded


def test_map_keys_come_out_in_order_whatever_the_dict():
    assert cbor.encode({10: 0, 1: 0, 100: 0, -1: 0}) == bytes.fromhex("a401000a001864002000")


def test_what_is_not_the_one_encoding_is_refused():
    bad = (
        "",  # nothing
        "1800",  # 0 in two bytes
        "190001",
        "1a00000001",
        "1b0000000000000001",
        "18",  # head cut off
        "4401",  # string cut off
        "82 01",
        "a1 01",
        "0000",  # two values
        "9f01ff",  # indefinite length
        "f97c00",  # float
        "c000",  # tag
        "f7",  # undefined
        "61ff",  # not UTF-8
        "a201000100",  # key twice
        "a202000100",  # keys out of order
        "818181818100",  # too deep
        "a2010af50b",  # true as a key, which Python takes for 1
        "a14000",  # bytes as a key
        "9bffffffffffffffff",  # more items than bytes
    )
    for encoded in bad:
        raises(cbor.CborError, cbor.decode, bytes.fromhex(encoded.replace(" ", "")))


def test_values_outside_the_subset_are_the_callers_mistake():
    raises(TypeError, cbor.encode, 1.5)
    raises(ValueError, cbor.encode, 1 << 64)
