"""Packets and frames from Python: into buffers, in one call, and damaged ones."""

import importlib
import random

import pytest

from c_compiler import CC, NO_CC
from linli_protocol import cobs, framing
from linli_protocol.crc16 import crc16

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")

NONCE = bytes(range(12))
AEAD = native.Aead(bytes(range(16)))
# Around each border of COBS, at which a frame grows by a byte.
LENGTHS = [*range(35), 230, *range(236, 243), *range(490, 500), 2000]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_frame_is_the_packet_framed(length: int) -> None:
    source = random.Random(length)
    header, body = source.randbytes(source.randrange(14)), source.randbytes(length)
    packet = AEAD.seal(NONCE, header, body, 8)
    frame = b"\x00" + cobs.encode(packet + crc16(packet).to_bytes(2, "little")) + b"\x00"
    assert AEAD.seal_frame(NONCE, header, body, 8) == frame == framing.encode_frame(packet)
    for candidate in (frame, frame[1:], frame[:-1], frame[1:-1]):
        assert AEAD.open_frame(NONCE, candidate, len(header), 8) == body
        assert native.decode_frame(candidate) == packet


def test_damaged_and_forged_frames_give_none() -> None:
    frame = AEAD.seal_frame(NONCE, b"header", b"a body of a frame", 8)
    for bit in range(8, 8 * (len(frame) - 1)):
        flipped = bytearray(frame)
        flipped[bit // 8] ^= 1 << bit % 8
        assert AEAD.open_frame(NONCE, bytes(flipped), 6, 8) is None
        assert native.decode_frame(bytes(flipped)) is None
    for length in range(len(frame) - 1):
        assert AEAD.open_frame(NONCE, frame[:length], 6, 8) is None
    assert AEAD.open_frame(bytes(12), frame, 6, 8) is None
    assert AEAD.open_frame(NONCE, frame, 5, 8) is None
    assert AEAD.open_frame(NONCE, frame, 2**70, 8) is None
    assert native.Aead(bytes(16)).open_frame(NONCE, frame, 6, 8) is None
    forged = framing.encode_frame(AEAD.seal(NONCE, b"header", b"body", 8)[:-1] + b"?")
    assert native.decode_frame(forged) is not None
    assert AEAD.open_frame(NONCE, forged, 6, 8) is None


def test_into_a_buffer_is_the_same() -> None:
    for length in (0, 1, 48, 245, 600):
        body = random.Random(length).randbytes(length)
        out = bytearray(b"\xaa" * (length + 40))
        packet = AEAD.seal(NONCE, b"header", body, 8)
        assert AEAD.seal_into(out, NONCE, b"header", body, 8) == len(packet)
        assert out == packet + b"\xaa" * (len(out) - len(packet))
        assert AEAD.open_into(out, NONCE, packet, 6, 8) == length
        assert out[:length] == body

        frame = AEAD.seal_frame(NONCE, b"header", body, 8)
        assert AEAD.seal_frame_into(out, NONCE, b"header", body, 8) == len(frame)
        assert out[: len(frame)] == frame
        assert AEAD.open_frame_into(out, NONCE, out, 6, 8) is None, "bytes behind the frame"
        place = bytearray(frame)
        assert AEAD.open_frame_into(place, NONCE, place, 6, 8) == length
        assert place[:length] == body


def test_a_forgery_leaves_no_secret_in_the_buffer() -> None:
    packet = AEAD.seal(NONCE, b"header", b"secret" * 10, 8)
    out = bytearray(b"\xaa" * 80)
    assert AEAD.open_into(out, NONCE, packet[:-1] + b"?", 6, 8) is None
    assert out in (bytes(60) + b"\xaa" * 20, b"\xaa" * 80)
    assert AEAD.open_into(out, NONCE, packet[:13], 6, 8) is None


def test_every_room_is_checked() -> None:
    body = bytes(30)
    packet = AEAD.seal(NONCE, b"header", body, 8)
    frame = AEAD.seal_frame(NONCE, b"header", body, 8)
    for needed, run in [
        (44, lambda out: AEAD.seal_into(out, NONCE, b"header", body, 8)),
        (30, lambda out: AEAD.open_into(out, NONCE, packet, 6, 8)),
        (49, lambda out: AEAD.seal_frame_into(out, NONCE, b"header", body, 8)),
        (30, lambda out: AEAD.open_frame_into(out, NONCE, frame, 6, 8)),
    ]:
        run(bytearray(needed))
        out = bytearray(needed - 1)
        with pytest.raises(ValueError, match=f"out must have room for {needed} bytes, it has"):
            run(out)
        assert not any(out)


def test_a_body_of_16_mib_is_refused() -> None:
    body = bytes(2**24)
    for seal in (AEAD.seal, AEAD.seal_frame):
        with pytest.raises(ValueError, match="body must be shorter than 16 MiB"):
            seal(NONCE, b"", body, 8)
    packet = AEAD.seal(NONCE, b"", body[1:], 8)
    assert AEAD.open(NONCE, packet, 0, 8) == body[1:]
    assert AEAD.open(NONCE, bytes(2**24 + 8), 0, 8) is None
