"""SM4-CMAC: reference and chosen back end."""

from linli_protocol import cmac, crypto, sm4
from support import Random, raises, vectors


def reference(key, message):
    return cmac.cmac(sm4.Sm4(key), message)


def test_vectors():
    for vector in vectors("crypto")["cmac"]:
        key, message = bytes.fromhex(vector["key"]), bytes.fromhex(vector["message"])
        assert reference(key, message) == bytes.fromhex(vector["cmac"])
        assert crypto.cmac(key, message) == bytes.fromhex(vector["cmac"])


def test_back_ends_agree_at_every_length_up_to_four_blocks():
    random = Random(9)
    for length in range(65):
        key, message = random.bytes(16), random.bytes(length)
        assert crypto.cmac(key, message) == reference(key, message)


def test_a_message_is_not_mistaken_for_its_padding():
    key = bytes(16)
    assert crypto.cmac(key, b"") != crypto.cmac(key, b"\x80" + bytes(15))
    assert crypto.cmac(key, bytes(15)) != crypto.cmac(key, bytes(15) + b"\x80")


def test_a_wrong_key_length_names_the_argument():
    assert "key" in str(raises(ValueError, crypto.cmac, bytes(15), b""))
