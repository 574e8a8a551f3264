"""CRC-16/IBM-SDLC: reference and chosen back end."""

from linli_protocol import crc16 as reference
from linli_protocol import crypto
from support import Random, vectors

ALL = (reference.crc16, crypto.crc16)


def bit_by_bit(data):
    """The catalogue's definition: polynomial 0x1021 reflected, all ones before and after."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xFFFF


def test_check_value_of_the_catalogue():
    for crc16 in ALL:
        assert crc16(b"123456789") == 0x906E


def test_vectors():
    for vector in vectors("framing")["crc16"]:
        for crc16 in ALL:
            assert crc16(bytes.fromhex(vector["data"])) == vector["crc"], vector


def test_random_data_agree_with_the_definition():
    random = Random(1)
    for length in range(40):
        data = random.bytes(length)
        for crc16 in ALL:
            assert crc16(data) == bit_by_bit(data)


def test_checksum_continues_over_pieces():
    data = Random(2).bytes(50)
    for crc16 in ALL:
        for cut in range(51):
            assert crc16(data[cut:], crc16(data[:cut])) == crc16(data)


def test_checksum_behind_its_data_leaves_the_residue_of_the_catalogue():
    for crc16 in ALL:
        for length in range(10):
            data = Random(length + 1).bytes(length)
            # The catalogue's residue 0xF0B8 is before the final XOR.
            assert crc16(data + crc16(data).to_bytes(2, "little")) ^ 0xFFFF == 0xF0B8
