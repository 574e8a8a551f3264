"""SM4: reference and chosen back end (viper under MicroPython) against standard and each other."""

import sys

from linli_protocol import crypto, sm4
from support import Random, raises, vectors

BOTH = (sm4.Sm4, crypto.Sm4)
KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


def test_example_1_of_gbt_32907():
    for cipher in BOTH:
        encrypted = cipher(KEY).encrypt_block(KEY)
        assert encrypted == bytes.fromhex("681edf34d206965e86b3e94f536e4246")
        assert cipher(KEY).decrypt_block(encrypted) == KEY


def test_vectors():
    for vector in vectors("crypto")["sm4"]:
        block, encrypted = bytes.fromhex(vector["block"]), bytes.fromhex(vector["encrypted"])
        for cipher in BOTH:
            under_key = cipher(bytes.fromhex(vector["key"]))
            assert under_key.encrypt_block(block) == encrypted, vector["name"]
            assert under_key.decrypt_block(encrypted) == block, vector["name"]


def test_back_ends_agree_on_random_keys_and_blocks():
    random = Random(6)
    for _ in range(50):
        key, block = random.bytes(16), random.bytes(16)
        encrypted = sm4.Sm4(key).encrypt_block(block)
        assert crypto.Sm4(key).encrypt_block(block) == encrypted
        assert crypto.Sm4(key).decrypt_block(encrypted) == block


def test_words_with_the_top_bit_set_stay_within_32_bits():
    for cipher in BOTH:
        under_key = cipher(b"\xff" * 16)
        assert under_key.decrypt_block(under_key.encrypt_block(b"\xff" * 16)) == b"\xff" * 16


def test_wrong_lengths_name_the_argument():
    for cipher in BOTH:
        for length in (0, 15, 17):
            assert "key" in str(raises(ValueError, cipher, bytes(length)))
            assert "block" in str(raises(ValueError, cipher(KEY).encrypt_block, bytes(length)))
            assert "block" in str(raises(ValueError, cipher(KEY).decrypt_block, bytes(length)))


def test_micropython_runs_viper_where_no_native_module_is():
    if sys.implementation.name == "micropython":
        try:
            import linli_native  # noqa: F401
        except ImportError:
            assert crypto.BACKEND == "viper"
        else:
            assert crypto.BACKEND == "native"
