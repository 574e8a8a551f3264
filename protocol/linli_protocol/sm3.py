"""The SM3 hash (GB/T 32905-2016, ISO/IEC 10118-3) as readable reference code.

Devices run sm3_viper or the native core, hosts the native core; this file is what those are tested
against.
"""

from .sm3_hash import Hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


def _rotate(word: int, bits: int) -> int:
    return (word << bits | word >> (32 - bits)) & 0xFFFFFFFF


def _compress(state: "array[int]", block: bytes) -> None:
    """Mix a 64-byte block into the eight words of `state` (clause 5.3)."""
    w = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _rotate(w[j - 3], 15)
        x ^= _rotate(x, 15) ^ _rotate(x, 23)
        w.append(x ^ _rotate(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = _rotate(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32)
        ss1 = _rotate((_rotate(a, 12) + e + constant) & 0xFFFFFFFF, 7)
        if j < 16:
            ff = a ^ b ^ c
            gg = e ^ f ^ g
        else:
            ff = a & b | a & c | b & c
            gg = e & f | ~e & g
        tt1 = (ff + d + (ss1 ^ _rotate(a, 12)) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
        tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
        a, b, c, d = tt1, a, _rotate(b, 9), c
        e, f, g, h = tt2 ^ _rotate(tt2, 9) ^ _rotate(tt2, 17), e, _rotate(f, 19), g
    for i, word in enumerate((a, b, c, d, e, f, g, h)):
        state[i] ^= word


class Sm3(Hash):
    """An SM3 hash that takes its message in pieces."""

    _compress = staticmethod(_compress)


def sm3(data: bytes) -> bytes:
    """Return the 32-byte SM3 hash of `data`."""
    return Sm3(data).digest()
