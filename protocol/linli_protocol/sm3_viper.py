"""SM3's compression function in viper; only MicroPython can import it (see sm4_viper for why)."""
# ptr8, ptr32 and uint exist in viper code only; any buffer may be passed for a pointer.
# ruff: noqa: F821
# pyright: reportArgumentType=false

from array import array

import micropython

from .sm3_hash import Hash


@micropython.viper
def _expand(block: ptr8, w: ptr32):
    i = 0
    while i < 16:
        at = 4 * i
        x = uint(block[at]) << 24 | uint(block[at + 1]) << 16
        w[i] = x | uint(block[at + 2]) << 8 | uint(block[at + 3])
        i += 1
    mask = uint(0xFFFF) << 16 | uint(0xFFFF)
    while i < 68:
        y = uint(w[i - 3]) & mask
        x = uint(w[i - 16]) ^ uint(w[i - 9]) ^ (y << 15 | y >> 17)
        x &= mask
        x = x ^ (x << 15 | x >> 17) ^ (x << 23 | x >> 9)
        y = uint(w[i - 13]) & mask
        w[i] = x ^ (y << 7 | y >> 25) ^ uint(w[i - 6])
        i += 1


@micropython.viper
def _mix(state: ptr32, w: ptr32):
    mask = uint(0xFFFF) << 16 | uint(0xFFFF)
    a = uint(state[0]) & mask
    b = uint(state[1]) & mask
    c = uint(state[2]) & mask
    d = uint(state[3]) & mask
    e = uint(state[4]) & mask
    f = uint(state[5]) & mask
    g = uint(state[6]) & mask
    h = uint(state[7]) & mask
    constant = uint(0x79CC) << 16 | uint(0x4519)
    j = 0
    while j < 64:
        if j == 16:  # 0x7A879D8A, rotated by the 16 rounds that went before
            constant = uint(0x9D8A) << 16 | uint(0x7A87)
        ss2 = (a << 12 | a >> 20) & mask
        ss1 = ss2 + e + constant & mask
        ss1 = (ss1 << 7 | ss1 >> 25) & mask
        ss2 ^= ss1
        if j < 16:
            ff = a ^ b ^ c
            gg = e ^ f ^ g
        else:
            ff = a & b | a & c | b & c
            gg = (f ^ g) & e ^ g
        word = uint(w[j]) & mask
        tt1 = ff + d + ss2 + (word ^ uint(w[j + 4]) & mask) & mask
        tt2 = gg + h + ss1 + word & mask
        d = c
        c = (b << 9 | b >> 23) & mask
        b = a
        a = tt1
        h = g
        g = (f << 19 | f >> 13) & mask
        f = e
        e = (tt2 ^ (tt2 << 9 | tt2 >> 23) ^ (tt2 << 17 | tt2 >> 15)) & mask
        constant = (constant << 1 | constant >> 31) & mask
        j += 1
    state[0] = uint(state[0]) ^ a
    state[1] = uint(state[1]) ^ b
    state[2] = uint(state[2]) ^ c
    state[3] = uint(state[3]) ^ d
    state[4] = uint(state[4]) ^ e
    state[5] = uint(state[5]) ^ f
    state[6] = uint(state[6]) ^ g
    state[7] = uint(state[7]) ^ h


def _compress(state, block):
    w = array("I", bytes(272))
    _expand(block, w)
    _mix(state, w)


class Sm3(Hash):
    """An SM3 hash that takes its message in pieces."""

    _compress = staticmethod(_compress)
