"""Vectors of the framing layer: CRC-16, COBS, frames, and streams with garbage in them."""

from linli_protocol import cobs
from linli_protocol.crc16 import crc16
from linli_protocol.framing import MAX_PACKET, FrameDecoder, encode_frame
from linli_tools.vectors.inputs import sample


def generate() -> dict[str, object]:
    """Return the content of framing.json."""
    full = bytes(range(1, 255))  # one full COBS block
    plain = [b"", b"\x00", b"\x00\x00", b"\x11\x22\x00\x33", b"\x11\x00\x00\x00", full]
    plain += [full[1:], b"\x00" + full, full + b"\x00", full + b"\xff", full + full]
    packets = [b"", b"\x00", b"Linli", b"\x01\x00\x02", sample("packet", 40), full]
    return {
        "crc16": [
            {"data": data.hex(), "crc": crc16(data)}
            for data in (b"123456789", b"", b"\x00", b"\x00\x00", b"\xff", sample("data", 64))
        ],
        "cobs": [{"data": data.hex(), "encoded": cobs.encode(data).hex()} for data in plain],
        "cobs_malformed": [
            {"name": "empty", "data": ""},
            {"name": "a zero for a length", "data": "00"},
            {"name": "a zero inside a block", "data": "03110022"},
            {"name": "a block that ends early", "data": "0311"},
            {"name": "a second block that ends early", "data": "02110322"},
        ],
        "frames": [{"packet": data.hex(), "frame": encode_frame(data).hex()} for data in packets],
        "streams": _streams(),
    }


def _streams() -> list[dict[str, object]]:
    one, two = encode_frame(b"one"), encode_frame(b"two")
    damaged = one[:2] + bytes([one[2] ^ 1]) + one[3:]
    cases = [
        ("two frames", one + two),
        ("two frames that share a delimiter", one + two[1:]),
        ("silence around a frame", bytes(5) + one + bytes(5)),
        ("a frame that has no end yet", one + two[:-1]),
        ("noise before a frame", b"\x17\x99\x42" + one),
        ("a broken-off frame before a frame", one[:4] + two),
        ("a flipped bit, then a frame", damaged + two),
        ("a candidate too short for a checksum", b"\x00\x02\x11\x00" + one),
        ("the longest packet", encode_frame(bytes(MAX_PACKET))),
        ("noise without a zero, then a frame", bytes([0x55]) * 700 + one),
        ("a packet one byte too long, then a frame", encode_frame(bytes(MAX_PACKET + 1)) + one),
    ]
    vectors: list[dict[str, object]] = []
    for name, stream in cases:
        decoder = FrameDecoder()
        packets = decoder.feed(stream)
        oversize, malformed, bad_crc = decoder.refused
        vectors.append(
            {
                "name": name,
                "stream": stream.hex(),
                "packets": [packet.hex() for packet in packets],
                "refused": {"oversize": oversize, "malformed": malformed, "bad_crc": bad_crc},
            }
        )
    return vectors
