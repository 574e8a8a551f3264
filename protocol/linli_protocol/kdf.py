"""Key derivation in counter mode (NIST SP 800-108r1, clause 4.1), for any PRF of 16-byte output.

Block i = 1, 2, ... of the derived key is PRF(key, input_i), and input_i is, byte for byte,

    i         1 byte
    label     as given, at least one byte, none of them zero
    0x00      1 byte
    context   as given
    L         2 bytes, most significant first: the derived key's length in bits

so a 16-byte key is PRF(key, 01 || label || 00 || context || 00 80).
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def derive(
    prf: "Callable[[bytes, bytes], bytes]",
    key: bytes,
    label: bytes,
    context: bytes,
    length: int = 16,
) -> bytes:
    """Return `length` bytes (1..4080) derived from `key` for one purpose and one context.

    `prf(key, message)` returns 16 bytes; Linli uses SM4-CMAC. ValueError: a label that is empty or
    holds a zero, which would let two pairs of label and context share one input; a length outside
    the range.
    """
    if not label or 0 in label:
        raise ValueError("label must be one or more bytes other than zero")
    if not 1 <= length <= 4080:
        raise ValueError("length must be 1 to 4080, not " + str(length))
    fixed = label + b"\x00" + context + (8 * length).to_bytes(2, "big")
    out = b""
    for i in range(1, (length + 15) // 16 + 1):
        out += prf(key, bytes([i]) + fixed)
    return out[:length]
