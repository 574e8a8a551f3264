"""Frames on a byte stream: whole, in pieces, and between garbage."""

from linli_protocol.framing import BAD_CRC, MALFORMED, OVERSIZE, FrameDecoder, encode_frame
from support import Random, vectors


def test_frame_vectors():
    for vector in vectors("framing")["frames"]:
        packet, frame = bytes.fromhex(vector["packet"]), bytes.fromhex(vector["frame"])
        assert encode_frame(packet) == frame
        assert FrameDecoder().feed(frame) == [packet]


def test_stream_vectors_whole_and_byte_by_byte():
    for vector in vectors("framing")["streams"]:
        stream = bytes.fromhex(vector["stream"])
        packets = [bytes.fromhex(packet) for packet in vector["packets"]]
        reasons = vector["refused"]
        refused = [reasons["oversize"], reasons["malformed"], reasons["bad_crc"]]
        whole, piecewise = FrameDecoder(), FrameDecoder()
        assert whole.feed(stream) == packets, vector["name"]
        found = []
        for at in range(len(stream)):
            found += piecewise.feed(stream[at : at + 1])
        assert found == packets, vector["name"]
        assert whole.refused == piecewise.refused == refused, vector["name"]


def test_a_good_frame_survives_any_garbage_before_it():
    random = Random(5)
    for _ in range(200):
        decoder = FrameDecoder(40)
        decoder.feed(random.bytes(random.below(100)))
        assert decoder.feed(encode_frame(b"good"))[-1:] == [b"good"]


def test_a_corrupted_frame_is_refused_for_one_reason():
    frame = encode_frame(b"reading 42")
    for at in range(1, len(frame) - 1):
        for bit in range(8):
            damaged = frame[:at] + bytes([frame[at] ^ 1 << bit]) + frame[at + 1 :]
            decoder = FrameDecoder()
            assert decoder.feed(damaged) == []
            # A bit flip may make a zero and so cut the candidate in two.
            assert 1 <= sum(decoder.refused) <= 2


def test_the_longest_packet_passes_and_one_byte_more_is_refused():
    for length in (0, 1, 40, 251, 252, 253, 254, 507, 508):
        for fill in (b"\x00", b"\x01"):
            decoder = FrameDecoder(length)
            assert decoder.feed(encode_frame(fill * length)) == [fill * length]
            assert decoder.feed(encode_frame(fill * (length + 1))) == []
            assert decoder.refused == [1, 0, 0]


def test_each_reason_is_counted_by_itself():
    decoder = FrameDecoder(10)
    good = encode_frame(b"ok")
    assert decoder.feed(b"\x00" + b"\x01" * 100 + good) == [b"ok"]
    assert decoder.feed(b"\x00\x09\x01" + good) == [b"ok"]
    assert decoder.feed(b"\x00\x05abcd" + good) == [b"ok"]
    assert (decoder.refused[OVERSIZE], decoder.refused[MALFORMED], decoder.refused[BAD_CRC]) == (
        1,
        1,
        1,
    )
