"""COBS: reference and chosen back end."""

from linli_protocol import cobs, crypto
from support import Random, vectors

BOTH = ((cobs.encode, cobs.decode), (crypto.cobs_encode, crypto.cobs_decode))


def test_vectors():
    for vector in vectors("framing")["cobs"]:
        data, encoded = bytes.fromhex(vector["data"]), bytes.fromhex(vector["encoded"])
        for encode, decode in BOTH:
            assert encode(data) == encoded
            assert decode(encoded) == data


def test_malformed_vectors():
    for vector in vectors("framing")["cobs_malformed"]:
        for _, decode in BOTH:
            assert decode(bytes.fromhex(vector["data"])) is None, vector["name"]


def test_an_empty_block_after_a_full_one_is_accepted():
    full = b"\xff" + b"\x55" * 254
    for _, decode in BOTH:
        assert decode(full) == decode(full + b"\x01") == b"\x55" * 254


def test_random_data_come_back_without_a_zero_in_between():
    random = Random(3)
    for length in list(range(30)) + [252, 253, 254, 255, 256, 507, 508, 509, 510]:
        for zero_every in (2, 50, 1000):
            data = bytes(random.below(zero_every) and 1 + random.below(255) for _ in range(length))
            for encode, decode in BOTH:
                encoded = encode(data)
                assert 0 not in encoded
                assert len(encoded) <= length + 1 + max(0, length - 1) // 254
                assert decode(encoded) == data


def test_decoding_random_bytes_never_raises_and_both_agree():
    random = Random(4)
    for _ in range(300):
        data = bytes(random.below(7) for _ in range(random.below(12)))
        assert cobs.decode(data) == crypto.cobs_decode(data)
