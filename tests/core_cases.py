"""The vectors as lines of text: what native/vectors.c reads on hosts and boards."""

import json
import random
import zlib
from pathlib import Path

from linli_protocol import cobs, portable
from linli_protocol.crc16 import crc16

VECTORS = Path(__file__).parents[1] / "protocol/vectors"


class Cases:
    """Lines of a name and fields; bytes as hexadecimal, "-" for none."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, name: str, *fields: str | bytes | int) -> None:
        """Add a line; a str is hexadecimal already."""
        texts = (field.hex() if isinstance(field, bytes) else str(field) for field in fields)
        self._lines.append(" ".join([name, *(text or "-" for text in texts)]))

    def text(self) -> str:
        """Return all lines."""
        return "\n".join(self._lines) + "\n"


def cases() -> str:
    """Return the cases of protocol/vectors."""
    made = Cases()
    crypto = json.loads((VECTORS / "crypto.json").read_text())
    framing = json.loads((VECTORS / "framing.json").read_text())
    for vector in crypto["sm4"]:
        made.add("sm4", vector["key"], vector["block"], vector["encrypted"])
    for vector in crypto["sm3"]:
        made.add("sm3", vector["message"], vector["digest"])
    for vector in crypto["cmac"]:
        made.add("cmac", vector["key"], vector["message"], vector["cmac"])
    for vector in crypto["kdf"]:
        made.add("kdf", vector["key"], vector["label"], vector["context"], vector["derived"])
    for vector in crypto["ccm"]:
        at, packet = 2 * vector["header_length"], vector["packet"]
        parts = packet[:at], vector["body"], packet[at:]
        made.add("ccm", vector["key"], vector["nonce"], *parts, vector["tag_length"])
    for vector in crypto["forged"]:
        numbers = vector["header_length"], vector["tag_length"]
        made.add("forged", vector["key"], vector["nonce"], vector["packet"], *numbers)
    for vector in framing["crc16"]:
        made.add("crc16", vector["data"], vector["crc"])
        made.add("crc32", vector["data"], zlib.crc32(bytes.fromhex(vector["data"])))
    for vector in framing["cobs"]:
        made.add("cobs", vector["data"], vector["encoded"])
    for vector in framing["cobs_malformed"]:
        made.add("cobs_malformed", vector["data"])
    for vector in framing["frames"]:
        made.add("frame", vector["packet"], vector["frame"])
    _add_sealed_frames(made)
    return made.text()


def _add_sealed_frames(made: Cases) -> None:
    """Add packets of the reference code in frames, around each length that costs a byte more.

    COBS grows most where there are no zeros, which headers can be had without.
    """
    source = random.Random(1)
    key, nonce = source.randbytes(16), source.randbytes(12)
    for length in (0, 1, 5, 8, 20, *range(236, 260), 484, *range(490, 514), 1500):
        for header in (b"\x01" * length, bytes(length), source.randbytes(length)):
            body = source.randbytes(source.choice([0, 1, 16, 40]))
            tag_length = source.choice([4, 8, 16])
            packet = portable.Aead(key).seal(nonce, header, body, tag_length)
            content = cobs.encode(packet + crc16(packet).to_bytes(2, "little"))
            frame = b"\0" + content + b"\0"
            made.add("sealed_frame", key, nonce, header, body, frame, tag_length)


def official_cases() -> str:
    """Return the examples of the standards themselves."""
    made = Cases()
    key = "0123456789abcdeffedcba9876543210"
    # GB/T 32907-2016, A.1.
    made.add("sm4", key, key, "681edf34d206965e86b3e94f536e4246")
    # GB/T 32905-2016, A.1 and A.2.
    abc = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    made.add("sm3", b"abc", abc)
    sixteen = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    made.add("sm3", b"abcd" * 16, sixteen)
    # RFC 8998, A.1 and A.2.
    nonce, header = "00001234567800000000abcd", "feedfacedeadbeeffeedfacedeadbeefabaddad2"
    body = "".join(2 * byte * 8 for byte in "abcdefea")
    gcm = (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    made.add("gcm", key, nonce, header, body, gcm, 16)
    ccm = (
        "48af93501fa62adbcd414cce6034d895dda1bf8f132f042098661572e7483094"
        "fd12e518ce062c98acee28d95df4416bed31a2f04476c18bb40c84a74b97dc5b"
        "16842d4fa186f56ab33256971fa110f4"
    )
    made.add("ccm", key, nonce, header, body, ccm, 16)
    return made.text()


def million_rounds() -> str:
    """Return GB/T 32907-2016, A.2: a block encrypted 1 000 000 times under one key."""
    made = Cases()
    key = "0123456789abcdeffedcba9876543210"
    made.add("repeated", key, key, 1_000_000, "595298c7c6fd271f0402f804c33d3f66")
    return made.text()


def published_cases(folder: Path) -> str:
    """Return the cases of ../shared/data/crypto, which lies in `folder`."""
    made = Cases()
    for vector in json.loads((folder / "sm4_vectors.json").read_text()):
        key, iv, plain, encrypted = (vector[name] for name in ("key", "iv", "pt", "ct"))
        if vector["mode"] == "ECB":
            made.add("ecb", key, plain, encrypted)
        elif vector["mode"] in ("CBC", "CTR"):
            made.add(vector["mode"].lower(), key, iv, plain, encrypted)
        elif vector["mode"] in ("CCM", "GCM"):
            tag = vector["tag"]
            fields = key, iv, vector["aad"], plain, encrypted + tag, len(tag) // 2
            made.add(vector["mode"].lower(), *fields)
    for vector in json.loads((folder / "mac_hash_vectors.json").read_text()):
        if vector["alg"] == "SM3":
            made.add("sm3", vector["msg"], vector["tag"])
        elif vector["alg"] == "SM4-CMAC":
            made.add("cmac", vector["key"], vector["msg"], vector["tag"])
        elif vector["alg"] == "HMAC-SM3":
            made.add("hmac", vector["key"], vector["msg"], vector["tag"])
    return made.text()


def _divided(product: int, factor: int) -> int:
    """Return what times `factor` is `product` in GHASH's field, bits numbered as GCM does."""

    def times(a: int, b: int) -> int:
        result = 0
        for i in range(128):
            if a >> (127 - i) & 1:
                result ^= b
            b = (b >> 1) ^ (0xE1 << 120 if b & 1 else 0)
        return result

    inverse = 1 << 127  # factor^(2^128 - 2)
    for _ in range(127):
        factor = times(factor, factor)
        inverse = times(inverse, factor)
    return times(product, inverse)


def nonce_that_starts_at(counter: bytes, hash_key: bytes) -> bytes:
    """Return the 16-byte nonce of which GCM makes `counter` its counter block 0."""
    h, lengths = int.from_bytes(hash_key, "big"), 128
    return _divided(_divided(int.from_bytes(counter, "big"), h) ^ lengths, h).to_bytes(16, "big")


def random_cases(seed: int) -> str:
    """Return cases of random lengths and counters; OpenSSL, zlib and our crc16 tell the results."""
    from cryptography.hazmat.primitives import cmac, hashes, hmac
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode

    made = Cases()
    source = random.Random(seed)

    def encrypted(key: bytes, mode: modes.ECB | modes.CBC | modes.CTR, plain: bytes) -> bytes:
        encryptor = Cipher(algorithms.SM4(key), mode).encryptor()
        return encryptor.update(plain) + encryptor.finalize()

    def add_gcm(key: bytes, nonce: bytes, header: bytes, body: bytes, tag_length: int) -> None:
        mode = modes.GCM(nonce, min_tag_length=4)
        encryptor = Cipher(algorithms.SM4(key), mode).encryptor()
        encryptor.authenticate_additional_data(header)
        sealed = encryptor.update(body) + encryptor.finalize() + encryptor.tag[:tag_length]
        made.add("gcm", key, nonce, header, body, sealed, tag_length)

    for length in (*range(1, 70), 255, 256, 1024, 2031, 2032, 2033, 8191, 8192, 8193, 16399):
        key, iv, plain = source.randbytes(16), source.randbytes(16), source.randbytes(length)
        blocks = plain[: length // 16 * 16] or source.randbytes(16)
        made.add("ecb", key, blocks, encrypted(key, modes.ECB(), blocks))
        made.add("cbc", key, iv, blocks, encrypted(key, modes.CBC(iv), blocks))
        late = (2**128 - source.randrange(1, 40)).to_bytes(16, "big")
        for counter in (iv, late):
            made.add("ctr", key, counter, plain, encrypted(key, modes.CTR(counter), plain))
        nonce = source.randbytes(source.choice([12, 12, 8, 13, 16, 60]))
        header = source.randbytes(source.choice([0, 8, 16, 20, 64, 65, 300]))
        add_gcm(key, nonce, header, plain, source.choice([4, 8, 12, 13, 14, 15, 16]))
        made.add("crc16", plain, crc16(plain))
        made.add("crc32", plain, zlib.crc32(plain))
        code = hmac.HMAC(key * (1 + length % 6), hashes.SM3())
        code.update(plain)
        made.add("hmac", key * (1 + length % 6), plain, code.finalize())
        digest = hashes.Hash(hashes.SM3())
        digest.update(plain)
        made.add("sm3", plain, digest.finalize())
        mac = cmac.CMAC(algorithms.SM4(key))
        mac.update(plain)
        made.add("cmac", key, plain, mac.finalize())
        before, counted = CounterLocation.BeforeFixed, Mode.CounterMode
        derive = KBKDFCMAC(
            algorithms.SM4, counted, length % 4080 + 1, 1, 2, before, b"label", plain[:50], None
        )
        made.add("kdf", key, b"label", plain[:50], derive.derive(key))

    # GCM's counter of 32 bits wraps without a carry, wherever in the message that is.
    for left in (1, 2, 3, 5, 64, 65, 70, 300):
        key = source.randbytes(16)
        counter = source.randbytes(12) + (2**32 - left).to_bytes(4, "big")
        nonce = nonce_that_starts_at(counter, encrypted(key, modes.ECB(), bytes(16)))
        for length in (0, 16, 40, 1000, 2040, 8300):
            add_gcm(key, nonce, b"header", source.randbytes(length), 16)
    return made.text()
