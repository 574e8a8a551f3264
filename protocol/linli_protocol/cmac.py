"""CMAC (NIST SP 800-38B, RFC 4493) over a cipher of 16-byte blocks."""

from .cbc_mac import cbc_mac, xor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cbc_mac import BlockCipher


def _double(block: bytes) -> bytes:
    """Multiply by x in GF(2^128) (clause 6.1): how the subkeys follow from each other."""
    number = int.from_bytes(block, "big") << 1
    if number >> 128:
        number ^= 1 << 128 | 0x87
    return number.to_bytes(16, "big")


def cmac(cipher: "BlockCipher", message: bytes) -> bytes:
    """Return the 16-byte authenticator of `message`, which may have any length."""
    subkey = _double(cipher.encrypt_block(bytes(16)))
    last_at = (len(message) - 1) // 16 * 16 if message else 0
    last = message[last_at:]
    if len(last) < 16:
        subkey = _double(subkey)
        last = last + b"\x80" + bytes(15 - len(last))
    return cbc_mac(cipher, message[:last_at] + xor(last, subkey))
