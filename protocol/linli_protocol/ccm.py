"""CCM authenticated encryption (NIST SP 800-38C, RFC 3610) over a cipher of 16-byte blocks."""

from .cbc_mac import cbc_mac, xor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cbc_mac import BlockCipher


def _check(nonce: bytes, tag_length: int) -> None:
    if not 7 <= len(nonce) <= 13:
        raise ValueError("nonce must be 7 to 13 bytes, not " + str(len(nonce)))
    if tag_length not in (4, 6, 8, 10, 12, 14, 16):
        raise ValueError("tag_length must be 4, 6, ... or 16, not " + str(tag_length))


def _pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def _header_blocks(header: bytes) -> bytes:
    """The associated data behind their length, in whole blocks (SP 800-38C, A.2.2)."""
    if not header:
        return b""
    if len(header) < 0xFF00:
        return _pad(len(header).to_bytes(2, "big") + header)
    return _pad(b"\xff\xfe" + len(header).to_bytes(4, "big") + header)


def _mac(cipher: "BlockCipher", nonce: bytes, header: bytes, body: bytes, tag_length: int) -> bytes:
    """The tag before its encryption: CBC-MAC over B_0, header and body (A.2)."""
    size_bytes = 15 - len(nonce)
    flags = (0x40 if header else 0) | (tag_length - 2) // 2 << 3 | size_bytes - 1
    first = bytes([flags]) + nonce + len(body).to_bytes(size_bytes, "big")
    return cbc_mac(cipher, first + _header_blocks(header) + _pad(body))[:tag_length]


def _counter_block(nonce: bytes, count: int) -> bytes:
    size_bytes = 15 - len(nonce)
    return bytes([size_bytes - 1]) + nonce + count.to_bytes(size_bytes, "big")


def _crypt(cipher: "BlockCipher", nonce: bytes, data: bytes) -> bytes:
    """`data` in counter mode from counter 1 on; counter 0 is the tag's (A.3)."""
    out = b""
    for at in range(0, len(data), 16):
        stream = cipher.encrypt_block(_counter_block(nonce, 1 + at // 16))
        out += xor(data[at : at + 16], stream)
    return out


def ccm_seal(
    cipher: "BlockCipher", nonce: bytes, header: bytes, body: bytes, tag_length: int
) -> bytes:
    """Return `body` encrypted, then its tag, which also covers `header`.

    ValueError: a nonce of other than 7 to 13 bytes, a tag length other than 4, 6, ... 16, a body of
    2^(8 * (15 - len(nonce))) bytes or more.
    """
    _check(nonce, tag_length)
    if len(body) >> 8 * (15 - len(nonce)):
        raise ValueError("body is too long for a nonce of " + str(len(nonce)) + " bytes")
    tag = _mac(cipher, nonce, header, body, tag_length)
    return _crypt(cipher, nonce, body) + xor(tag, cipher.encrypt_block(_counter_block(nonce, 0)))


def ccm_open(
    cipher: "BlockCipher", nonce: bytes, header: bytes, sealed: bytes, tag_length: int
) -> "bytes | None":
    """Return the body that was sealed, or None when the tag is wrong or missing.

    ValueError: a nonce or tag length that `ccm_seal` would refuse too.
    """
    _check(nonce, tag_length)
    body_length = len(sealed) - tag_length
    if body_length < 0 or body_length >> 8 * (15 - len(nonce)):
        return None
    body = _crypt(cipher, nonce, sealed[:body_length])
    tag = _mac(cipher, nonce, header, body, tag_length)
    expected = xor(tag, cipher.encrypt_block(_counter_block(nonce, 0)))
    # Every byte is compared, so that the time taken does not tell how many of them were right.
    difference = 0
    for a, b in zip(expected, sealed[body_length:]):
        difference |= a ^ b
    return None if difference else body
