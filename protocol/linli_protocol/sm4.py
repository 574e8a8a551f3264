"""The SM4 block cipher (GB/T 32907-2016, ISO/IEC 18033-3 Amd 1) as readable reference code.

Slow by intent, and its S-box look-ups depend on the key: devices run sm4_viper or the native core,
hosts the native core; this file is what those are tested against.
"""

from array import array

SBOX = bytes.fromhex(
    "d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa44132649860699"
    "9c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6"
    "4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35"
    "1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e"
    "eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e3"
    "1df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51"
    "8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b0"
    "8969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948"
)
_FAMILY_KEY = (0xA3B1BAC6, 0x56AA3350, 0x677D9197, 0xB27022DC)  # FK, clause 7.3


def _rotate(word: int, bits: int) -> int:
    return (word << bits | word >> (32 - bits)) & 0xFFFFFFFF


def _substitute(word: int) -> int:
    """Tau, clause 6.2: the S-box on each of a word's four bytes."""
    return (
        SBOX[word >> 24] << 24
        | SBOX[word >> 16 & 0xFF] << 16
        | SBOX[word >> 8 & 0xFF] << 8
        | SBOX[word & 0xFF]
    )


def _words(block: bytes) -> list[int]:
    return [int.from_bytes(block[at : at + 4], "big") for at in (0, 4, 8, 12)]


def _expand(key: bytes) -> "array[int]":
    """Return the 32 round keys of a 16-byte key (clause 7.3)."""
    k = [word ^ constant for word, constant in zip(_words(key), _FAMILY_KEY)]
    round_keys = array("I", range(32))
    for i in range(32):
        # Byte j of the constant CK_i is (4 i + j) * 7 mod 256 (clause 7.3).
        constant = 0
        for j in range(4):
            constant = constant << 8 | (4 * i + j) * 7 & 0xFF
        t = _substitute(k[1] ^ k[2] ^ k[3] ^ constant)
        k = [k[1], k[2], k[3], k[0] ^ t ^ _rotate(t, 13) ^ _rotate(t, 23)]
        round_keys[i] = k[3]
    return round_keys


def _crypt(round_keys: "array[int]", block: bytes) -> bytes:
    """Return the 16-byte block after 32 rounds and the final reversal (clauses 6.1 and 7.1)."""
    x = _words(block)
    for round_key in round_keys:
        t = _substitute(x[1] ^ x[2] ^ x[3] ^ round_key)
        t ^= _rotate(t, 2) ^ _rotate(t, 10) ^ _rotate(t, 18) ^ _rotate(t, 24)
        x = [x[1], x[2], x[3], x[0] ^ t]
    return b"".join([word.to_bytes(4, "big") for word in reversed(x)])


class Sm4:
    """SM4 under one key of 16 bytes; ValueError when a key or block has another length."""

    # What sm4_viper replaces.
    _expand = staticmethod(_expand)
    _crypt = staticmethod(_crypt)

    def __init__(self, key: bytes) -> None:
        if len(key) != 16:
            raise ValueError("key must be 16 bytes, not " + str(len(key)))
        self._round_keys = self._expand(key)

    def encrypt_block(self, block: bytes) -> bytes:
        """Return the 16-byte ciphertext of a 16-byte block."""
        if len(block) != 16:
            raise ValueError("block must be 16 bytes, not " + str(len(block)))
        return self._crypt(self._round_keys, block)

    def decrypt_block(self, block: bytes) -> bytes:
        """Return the 16-byte plaintext of a 16-byte block: the same rounds, keys reversed."""
        if len(block) != 16:
            raise ValueError("block must be 16 bytes, not " + str(len(block)))
        return self._crypt(array("I", reversed(self._round_keys)), block)
