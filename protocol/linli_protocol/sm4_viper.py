"""SM4 in viper, the device's machine-code Python; only MicroPython can import it.

On a 32-bit board an int above 30 bits is a heap object and plain Python pays for each one; viper
works on machine words. Its `uint` is as wide as the machine, so every word is masked to 32 bits:
the 64-bit interpreter on a desk then gives the board's results. Constants above 30 bits are put
together from halves, since viper would make heap objects of them too.
"""
# ptr8, ptr32 and uint exist in viper code only; any buffer may be passed for a pointer.
# ruff: noqa: F821
# pyright: reportArgumentType=false

from array import array

import micropython

from .sm4_cipher import SBOX, Cipher


@micropython.viper
def _schedule(key: ptr8, sbox: ptr8, round_keys: ptr32):
    mask = uint(0xFFFF) << 16 | uint(0xFFFF)
    a = uint(key[0]) << 24 | uint(key[1]) << 16 | uint(key[2]) << 8 | uint(key[3])
    b = uint(key[4]) << 24 | uint(key[5]) << 16 | uint(key[6]) << 8 | uint(key[7])
    c = uint(key[8]) << 24 | uint(key[9]) << 16 | uint(key[10]) << 8 | uint(key[11])
    d = uint(key[12]) << 24 | uint(key[13]) << 16 | uint(key[14]) << 8 | uint(key[15])
    a ^= uint(0xA3B1) << 16 | uint(0xBAC6)
    b ^= uint(0x56AA) << 16 | uint(0x3350)
    c ^= uint(0x677D) << 16 | uint(0x9197)
    d ^= uint(0xB270) << 16 | uint(0x22DC)
    i = 0
    while i < 32:
        n = 28 * i
        t = uint(n & 255) << 24 | uint(n + 7 & 255) << 16
        t |= uint(n + 14 & 255) << 8 | uint(n + 21 & 255)
        t ^= b ^ c ^ d
        s = uint(sbox[t >> 24 & 255]) << 24 | uint(sbox[t >> 16 & 255]) << 16
        s |= uint(sbox[t >> 8 & 255]) << 8 | uint(sbox[t & 255])
        t = a ^ s ^ (s << 13 | s >> 19) ^ (s << 23 | s >> 9)
        a = b
        b = c
        c = d
        d = t & mask
        round_keys[i] = d
        i += 1


@micropython.viper
def _rounds(round_keys: ptr32, block: ptr8, sbox: ptr8, out: ptr8):
    mask = uint(0xFFFF) << 16 | uint(0xFFFF)
    a = uint(block[0]) << 24 | uint(block[1]) << 16 | uint(block[2]) << 8 | uint(block[3])
    b = uint(block[4]) << 24 | uint(block[5]) << 16 | uint(block[6]) << 8 | uint(block[7])
    c = uint(block[8]) << 24 | uint(block[9]) << 16 | uint(block[10]) << 8 | uint(block[11])
    d = uint(block[12]) << 24 | uint(block[13]) << 16 | uint(block[14]) << 8 | uint(block[15])
    i = 0
    while i < 32:
        t = b ^ c ^ d ^ uint(round_keys[i])
        s = uint(sbox[t >> 24 & 255]) << 24 | uint(sbox[t >> 16 & 255]) << 16
        s |= uint(sbox[t >> 8 & 255]) << 8 | uint(sbox[t & 255])
        t = a ^ s ^ (s << 2 | s >> 30) ^ (s << 10 | s >> 22)
        t ^= (s << 18 | s >> 14) ^ (s << 24 | s >> 8)
        a = b
        b = c
        c = d
        d = t & mask
        i += 1
    i = 0
    while i < 4:
        shift = 24 - 8 * i
        out[i] = d >> shift & 255
        out[i + 4] = c >> shift & 255
        out[i + 8] = b >> shift & 255
        out[i + 12] = a >> shift & 255
        i += 1


def _expand(key):
    round_keys = array("I", bytes(128))
    _schedule(key, SBOX, round_keys)
    return round_keys


def _crypt(round_keys, block):
    out = bytearray(16)
    _rounds(round_keys, block, SBOX, out)
    return bytes(out)


class Sm4(Cipher):
    """SM4 under one key of 16 bytes; ValueError when a key or block has another length."""

    _expand = staticmethod(_expand)
    _crypt = staticmethod(_crypt)
