"""SM3: reference and chosen back end (viper under MicroPython) against standard and each other."""

from linli_protocol import crypto, sm3
from support import Random, vectors

BOTH = (sm3, crypto)


def test_examples_of_gbt_32905():
    for module in BOTH:
        assert module.sm3(b"abc") == bytes.fromhex(
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        )
        assert module.sm3(b"abcd" * 16) == bytes.fromhex(
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
        )


def test_vectors():
    for vector in vectors("crypto")["sm3"]:
        for module in BOTH:
            digest = module.sm3(bytes.fromhex(vector["message"]))
            assert digest == bytes.fromhex(vector["digest"]), vector["name"]


def test_back_ends_agree_at_every_length_up_to_three_blocks():
    data = Random(7).bytes(192)
    for length in range(0, 193, 3):
        assert crypto.sm3(data[:length]) == sm3.sm3(data[:length])


def test_pieces_give_the_hash_of_the_whole_and_a_digest_ends_nothing():
    data = Random(8).bytes(200)
    for module in BOTH:
        for step in (1, 7, 63, 64, 65, 128):
            piecewise = module.Sm3(b"")
            for at in range(0, 200, step):
                piecewise.digest()
                piecewise.update(data[at : at + step])
            assert piecewise.digest() == module.Sm3(data).digest() == sm3.sm3(data)
