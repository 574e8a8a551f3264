"""The SM4 block cipher (GB/T 32907-2016, ISO/IEC 18033-3 Amd 1) as readable reference code.

Slow by intent, and its S-box look-ups depend on the key: devices run sm4_viper or the native core,
hosts the native core; this file is what those are tested against.
"""

from array import array

from .sm4_cipher import SBOX, Cipher

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


class Sm4(Cipher):
    """SM4 under one key of 16 bytes; ValueError when a key or block has another length."""

    _expand = staticmethod(_expand)
    _crypt = staticmethod(_crypt)
