"""Vectors of the cryptographic layer: SM4, SM3, CMAC, key derivation, CCM and sealed packets."""

from linli_protocol import cmac, kdf
from linli_protocol.ccm import ccm_open, ccm_seal
from linli_protocol.sm3 import sm3
from linli_protocol.sm4 import Sm4
from linli_tools.vectors.inputs import sample

# Key and plaintext of the examples of GB/T 32907-2016, annex A.
STANDARD_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


def generate() -> dict[str, object]:
    """Return the content of crypto.json."""
    return {
        "sm4": [_sm4("GB/T 32907-2016, A.1", STANDARD_KEY, STANDARD_KEY)]
        + [_sm4(f"sample {i}", sample(f"key {i}", 16), sample(f"block {i}", 16)) for i in range(8)],
        "sm3": [_sm3("GB/T 32905-2016, A.1", b"abc"), _sm3("GB/T 32905-2016, A.2", b"abcd" * 16)]
        # Both sides of every border of padding, and more than one block.
        + [_sm3(f"{n} bytes", sample("message", n)) for n in (0, 1, 55, 56, 63, 64, 65, 119, 200)],
        "cmac": [_cmac(n) for n in (0, 1, 15, 16, 17, 31, 32, 33, 100)],
        "kdf": [
            _kdf(b"a label", b"", 16),
            _kdf(b"a label", bytes.fromhex("00112233"), 16),
            _kdf(b"another label", bytes.fromhex("00112233"), 16),
            _kdf(b"a label", bytes.fromhex("00112233"), 40),
        ],
        "ccm": [_ccm_of_rfc_8998()]
        + [_ccm(nonce, 8, 12, 32) for nonce in range(7, 14)]
        + [_ccm(12, tag, 12, 32) for tag in range(4, 18, 2)]
        # Nothing at all; header or body alone; blocks just full and just begun.
        + [_ccm(12, 8, header, body) for header, body in ((0, 0), (0, 5), (14, 0), (15, 16))]
        + [_ccm(12, 8, header, body) for header, body in ((30, 17), (1, 200))],
        "forged": _forged(),
    }


def _sm4(name: str, key: bytes, block: bytes) -> dict[str, object]:
    encrypted = Sm4(key).encrypt_block(block)
    return {"name": name, "key": key.hex(), "block": block.hex(), "encrypted": encrypted.hex()}


def _sm3(name: str, message: bytes) -> dict[str, object]:
    return {"name": name, "message": message.hex(), "digest": sm3(message).hex()}


def _cmac_of(key: bytes, message: bytes) -> bytes:
    return cmac.cmac(Sm4(key), message)


def _cmac(length: int) -> dict[str, object]:
    key, message = sample("key", 16), sample("message", length)
    return {"key": key.hex(), "message": message.hex(), "cmac": _cmac_of(key, message).hex()}


def _kdf(label: bytes, context: bytes, length: int) -> dict[str, object]:
    key = sample("key", 16)
    return {
        "key": key.hex(),
        "label": label.hex(),
        "context": context.hex(),
        "length": length,
        "derived": kdf.derive(_cmac_of, key, label, context, length).hex(),
    }


def _ccm_of_rfc_8998() -> dict[str, object]:
    return _sealed(
        "RFC 8998, A.2",
        STANDARD_KEY,
        bytes.fromhex("00001234567800000000abcd"),
        bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
        b"".join(bytes([digit * 0x11] * 8) for digit in (10, 11, 12, 13, 14, 15, 14, 10)),
        16,
    )


def _ccm(nonce: int, tag: int, header: int, body: int) -> dict[str, object]:
    return _sealed(
        f"nonce {nonce}, header {header}, body {body}, tag {tag} bytes",
        sample("key", 16),
        sample("nonce", nonce),
        sample("header", header),
        sample("body", body),
        tag,
    )


def _sealed(
    name: str, key: bytes, nonce: bytes, header: bytes, body: bytes, tag_length: int
) -> dict[str, object]:
    packet = header + ccm_seal(Sm4(key), nonce, header, body, tag_length)
    return {
        "name": name,
        "key": key.hex(),
        "nonce": nonce.hex(),
        "header_length": len(header),
        "tag_length": tag_length,
        "body": body.hex(),
        "packet": packet.hex(),
    }


def _forged() -> list[dict[str, object]]:
    """Packets that must not open: one sound packet, then damaged, truncated or misread."""
    key, nonce, header = sample("key", 16), sample("nonce", 12), sample("header", 12)
    cipher = Sm4(key)
    packet = header + ccm_seal(cipher, nonce, header, sample("body", 20), 8)
    longer = header + ccm_seal(cipher, nonce, header, sample("body", 20), 16)
    cases = [
        ("a bit of the header flipped", _flipped(packet, 0), 8),
        ("a bit of the body flipped", _flipped(packet, 12), 8),
        ("the last bit of the tag flipped", _flipped(packet, len(packet) - 1), 8),
        ("the last byte missing", packet[:-1], 8),
        ("a byte too many", packet + b"\x00", 8),
        ("header and tag only", packet[:12] + packet[-8:], 8),
        ("too short for a tag", packet[:19], 8),
        ("no room for the header", packet[:5], 8),
        ("empty", b"", 8),
        # The tag length is in the first block, so a tag cannot be shortened by cutting it.
        ("a 16-byte tag cut to 8 bytes", longer[:-8], 8),
    ]
    for name, forgery, tag_length in cases:
        opened = ccm_open(cipher, nonce, forgery[:12], forgery[12:], tag_length)
        assert opened is None, name
    return [
        {
            "name": name,
            "key": key.hex(),
            "nonce": nonce.hex(),
            "header_length": 12,
            "tag_length": tag_length,
            "packet": forgery.hex(),
        }
        for name, forgery, tag_length in cases
    ]


def _flipped(packet: bytes, at: int) -> bytes:
    return packet[:at] + bytes([packet[at] ^ 1]) + packet[at + 1 :]
