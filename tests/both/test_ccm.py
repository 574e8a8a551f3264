"""SM4-CCM: reference and chosen back end; vectors, refusals, and arguments that are wrong."""

from linli_protocol import ccm, crypto, sm4
from support import Random, raises, vectors

KEY = bytes(range(16))
NONCE = bytes(range(12))


def test_vectors():
    for vector in vectors("crypto")["ccm"]:
        cipher = sm4.Sm4(bytes.fromhex(vector["key"]))
        nonce, packet = bytes.fromhex(vector["nonce"]), bytes.fromhex(vector["packet"])
        body, tag_length = bytes.fromhex(vector["body"]), vector["tag_length"]
        header = packet[: vector["header_length"]]
        sealed = packet[vector["header_length"] :]
        assert ccm.ccm_seal(cipher, nonce, header, body, tag_length) == sealed, vector["name"]
        assert ccm.ccm_open(cipher, nonce, header, sealed, tag_length) == body, vector["name"]
        if len(nonce) == 12:
            aead = crypto.Aead(bytes.fromhex(vector["key"]))
            assert aead.seal(nonce, header, body, tag_length) == packet, vector["name"]
            assert aead.open(nonce, packet, len(header), tag_length) == body, vector["name"]


def test_forged_vectors_open_to_none():
    for vector in vectors("crypto")["forged"]:
        key, nonce = bytes.fromhex(vector["key"]), bytes.fromhex(vector["nonce"])
        packet, tag_length = bytes.fromhex(vector["packet"]), vector["tag_length"]
        at = vector["header_length"]
        cipher = sm4.Sm4(key)
        opened = ccm.ccm_open(cipher, nonce, packet[:at], packet[at:], tag_length)
        assert opened is None, vector["name"]
        assert crypto.Aead(key).open(nonce, packet, at, tag_length) is None, vector["name"]


def test_back_ends_agree_on_random_packets():
    random = Random(10)
    for _ in range(25):
        key, nonce = random.bytes(16), random.bytes(12)
        header, body = random.bytes(random.below(40)), random.bytes(random.below(70))
        tag_length = 4 + 2 * random.below(7)
        packet = crypto.Aead(key).seal(nonce, header, body, tag_length)
        cipher = sm4.Sm4(key)
        assert packet == header + ccm.ccm_seal(cipher, nonce, header, body, tag_length)
        assert crypto.Aead(key).open(nonce, packet, len(header), tag_length) == body


def test_every_single_bit_flip_is_refused():
    aead = crypto.Aead(KEY)
    packet = aead.seal(NONCE, b"header", b"a body", 8)
    for bit in range(8 * len(packet)):
        at = bit // 8
        flipped = packet[:at] + bytes([packet[at] ^ 1 << bit % 8]) + packet[at + 1 :]
        assert aead.open(NONCE, flipped, 6, 8) is None


def test_another_nonce_key_tag_length_or_header_length_opens_nothing():
    packet = crypto.Aead(KEY).seal(NONCE, b"header", b"a body", 8)
    assert crypto.Aead(KEY).open(NONCE, packet, 6, 8) == b"a body"
    assert crypto.Aead(KEY).open(bytes(12), packet, 6, 8) is None
    assert crypto.Aead(bytes(16)).open(NONCE, packet, 6, 8) is None
    for header_length in (0, 5, 7, 100):
        assert crypto.Aead(KEY).open(NONCE, packet, header_length, 8) is None
    for tag_length in (4, 6, 10, 16):
        assert crypto.Aead(KEY).open(NONCE, packet, 6, tag_length) is None


def test_any_short_packet_is_refused_without_raising():
    aead = crypto.Aead(KEY)
    for length in range(30):
        assert aead.open(NONCE, bytes(length), 12, 8) is None


def test_an_empty_body_and_an_empty_header_are_sealed_too():
    aead = crypto.Aead(KEY)
    for header in (b"", b"header"):
        packet = aead.seal(NONCE, header, b"", 8)
        assert len(packet) == len(header) + 8
        assert aead.open(NONCE, packet, len(header), 8) == b""


def test_wrong_arguments_name_themselves():
    aead = crypto.Aead(KEY)
    for length in (0, 15, 17, 32):
        assert "key" in str(raises(ValueError, crypto.Aead, bytes(length)))
    for length in (0, 11, 13):
        assert "nonce" in str(raises(ValueError, aead.seal, bytes(length), b"", b"", 8))
        assert "nonce" in str(raises(ValueError, aead.open, bytes(length), b"", 0, 8))
    for length in (-8, 0, 2, 5, 7, 17, 18):
        assert "tag_length" in str(raises(ValueError, aead.seal, NONCE, b"", b"", length))
        assert "tag_length" in str(raises(ValueError, aead.open, NONCE, bytes(20), 0, length))
    assert "header_length" in str(raises(ValueError, aead.open, NONCE, bytes(20), -1, 8))


def test_the_nonce_length_limits_the_body_length():
    cipher = sm4.Sm4(KEY)
    ccm.ccm_seal(cipher, bytes(13), b"", bytes(100), 8)
    for length in (6, 14):
        assert "nonce" in str(raises(ValueError, ccm.ccm_seal, cipher, bytes(length), b"", b"", 8))
    assert "body" in str(raises(ValueError, ccm.ccm_seal, cipher, bytes(13), b"", bytes(65536), 8))
    assert ccm.ccm_open(cipher, bytes(13), b"", bytes(65536 + 8), 8) is None
