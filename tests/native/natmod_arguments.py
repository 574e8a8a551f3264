"""What linli_native of a board takes, refuses and returns; test_natmod.py runs it there."""

import gc

import linli_native
from linli_native import Aead, Sm3, Sm4, cmac, cobs_decode, cobs_encode, crc16, sm3
from support import Random, raises

KEY = bytes(range(16))
NONCE = bytes(12)
NOT_BYTES = ("text", 7, None, [1, 2], KEY.hex())


def test_the_module_has_what_crypto_takes_from_it():
    for name in ("Aead", "Sm3", "Sm4", "cmac", "cobs_decode", "cobs_encode", "crc16", "sm3"):
        assert hasattr(linli_native, name), name


def test_any_buffer_will_do():
    aead = Aead(bytearray(KEY))
    packet = aead.seal(memoryview(NONCE), bytearray(b"header"), memoryview(b"a body"), 8)
    assert packet == Aead(KEY).seal(NONCE, b"header", b"a body", 8)
    assert aead.open(bytearray(NONCE), memoryview(packet), 6, 8) == b"a body"
    assert sm3(bytearray(b"abc")) == sm3(b"abc")
    assert crc16(memoryview(b"123456789")) == 0x906E


def test_what_is_not_bytes_is_a_type_error_that_names_the_argument():
    aead, cipher, hashed = Aead(KEY), Sm4(KEY), Sm3()
    for wrong in NOT_BYTES:
        for name, call, args in (
            ("key", Aead, (wrong,)),
            ("key", Sm4, (wrong,)),
            ("key", cmac, (wrong, b"")),
            ("message", cmac, (KEY, wrong)),
            ("block", cipher.encrypt_block, (wrong,)),
            ("block", cipher.decrypt_block, (wrong,)),
            ("nonce", aead.seal, (wrong, b"", b"", 8)),
            ("header", aead.seal, (NONCE, wrong, b"", 8)),
            ("body", aead.seal, (NONCE, b"", wrong, 8)),
            ("nonce", aead.open, (wrong, bytes(20), 0, 8)),
            ("packet", aead.open, (NONCE, wrong, 0, 8)),
            ("data", Sm3, (wrong,)),
            ("data", hashed.update, (wrong,)),
            ("data", sm3, (wrong,)),
            ("data", crc16, (wrong,)),
            ("data", cobs_encode, (wrong,)),
            ("data", cobs_decode, (wrong,)),
        ):
            assert name in str(raises(TypeError, call, *args)), (name, wrong)


def test_wrong_numbers_name_the_argument():
    aead = Aead(KEY)
    for wrong in (None, "8", 2**70 + 8, -(2**70), True):
        assert "tag_length" in str(raises(ValueError, aead.seal, NONCE, b"", b"", wrong))
        assert "tag_length" in str(raises(ValueError, aead.open, NONCE, bytes(20), 0, wrong))
        assert "crc" in str(raises(ValueError, crc16, b"", wrong))
    for wrong in (None, "0", 2**70, 1.5):
        assert "header_length" in str(raises(TypeError, aead.open, NONCE, bytes(20), wrong, 8))
    for wrong in (-1, 0x10000):
        assert "crc" in str(raises(ValueError, crc16, b"", wrong))


def test_a_wrong_number_of_arguments_is_refused():
    for call, args in (
        (Aead, ()),
        (Sm4, (KEY, KEY)),
        (Sm3, (b"", b"")),
        (Aead(KEY).seal, (NONCE, b"", b"")),
        (Aead(KEY).open, (NONCE, bytes(20), 0, 8, 0)),
        (crc16, ()),
        (cmac, (KEY,)),
    ):
        raises(TypeError, call, *args)


def test_methods_refuse_what_is_no_object_of_theirs():
    hashed, cipher, aead = Sm3(), Sm4(KEY), Aead(KEY)
    for wrong in (1, None, b"", "text", hashed, cipher):
        raises(TypeError, Aead.seal, wrong, NONCE, b"", b"", 8)
        raises(TypeError, Aead.open, wrong, NONCE, bytes(20), 0, 8)
    for wrong in (1, None, hashed, aead):
        raises(TypeError, Sm4.encrypt_block, wrong, KEY)
        raises(TypeError, Sm4.decrypt_block, wrong, KEY)
    for wrong in (1, None, cipher, aead):
        raises(TypeError, Sm3.update, wrong, b"")
        raises(TypeError, Sm3.digest, wrong)


def test_returned_bytes_are_bytes_in_every_way():
    packet = Aead(KEY).seal(NONCE, b"header", b"a body", 8)
    copy = bytes(bytearray(packet))
    assert type(packet) is bytes and packet == copy and hash(packet) == hash(copy)
    assert {packet: 1}[copy] == 1 and {copy: 2}[packet] == 2
    assert packet + b"!" == copy + b"!" and packet[:6] == b"header"
    encoded = cobs_encode(b"\x00number\x00")
    assert {encoded: 1}[bytes(bytearray(encoded))] == 1
    assert {cobs_decode(encoded): 1}[b"\x00number\x00"] == 1


def test_empty_and_long_arguments():
    assert cobs_encode(b"") == b"\x01" and cobs_decode(b"\x01") == b""
    assert cobs_decode(b"") is None and cobs_decode(b"\x05a") is None
    for length in (253, 254, 255, 508, 509, 3000):
        for data in (b"\x01" * length, bytes(length)):
            assert cobs_decode(cobs_encode(data)) == data
    aead = Aead(KEY)
    for length in (0, 1, 15, 16, 17, 3000):
        packet = aead.seal(NONCE, b"", bytes(length), 4)
        assert aead.open(NONCE, packet, 0, 4) == bytes(length)
        assert aead.open(NONCE, packet, 0, 6) is None
        assert aead.open(NONCE, packet, len(packet), 4) is None


def test_a_subclass_keeps_the_methods():
    class Door(Aead):
        pass

    packet = Aead(KEY).seal(NONCE, b"", b"open", 8)
    assert Door(KEY).open(NONCE, packet, 0, 8) == b"open"


def test_objects_and_results_survive_collection():
    random = Random(3)
    aead, hashed = Aead(KEY), Sm3()
    held = []
    for _ in range(200):
        body = random.bytes(40)
        held.append((body, aead.seal(NONCE, b"header", body, 8)))
        hashed.update(body)
        Sm4(random.bytes(16))
        gc.collect()
    for body, packet in held:
        assert aead.open(NONCE, packet, 6, 8) == body
    assert hashed.digest() == sm3(b"".join([body for body, _ in held]))
