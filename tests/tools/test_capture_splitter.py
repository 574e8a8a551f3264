"""A line's bytes are cut into text, frames and neither, however they arrive."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exchanges import BANNER, LOG, console, damaged, exchange
from linli_protocol.framing import MAX_PACKET, FrameDecoder, encode_frame
from linli_tools.capture.splitter import Candidate, Item, Line, Noise, StreamSplitter

TEXT = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=60
).filter(str.isprintable)
# Nothing in an uplink's first bytes is text: its kind is a control character.
UPLINKS = st.builds(
    lambda first, kind, rest: bytes([first, kind]) + rest,
    st.sampled_from([0x40, 0x48, 0x50, 0x5A]),
    st.sampled_from([0x01, 0x03, 0x10, 0x13, 0x14]),
    st.binary(min_size=14, max_size=240),
)
STREAMS = st.lists(
    st.binary(max_size=300)
    | UPLINKS.map(encode_frame)
    | st.binary(max_size=MAX_PACKET + 1).map(encode_frame)
    | TEXT.map(lambda text: text.encode() + b"\r\n"),
    max_size=8,
).map(b"".join)


def split(stream: bytes, cuts: list[int] | None = None) -> list[Item]:
    splitter = StreamSplitter()
    at = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts or [])})
    pieces = [stream[start:end] for start, end in pairwise(at)]
    return [item for piece in pieces for item in splitter.feed(piece)] + splitter.quiet()


def receive(items: list[Item]) -> list[bytes]:
    """Return the packets that a receiver finds in the candidates."""
    decoder = FrameDecoder(MAX_PACKET + 1)
    candidates = [b"\x00" + item.data + b"\x00" for item in items if isinstance(item, Candidate)]
    return decoder.feed(b"".join(candidates))


def test_a_console_that_is_the_line_to_the_hub_gives_text_and_frames_in_their_order() -> None:
    items = split(console())
    assert items[0] == Line(BANNER)
    assert items[5] == Line(LOG)
    assert items[-1] == Line(">>> ")
    frames = [item for item in items if isinstance(item, Candidate)]
    assert len(frames) == len(items) - 3
    assert receive(items) == exchange()


def test_a_log_is_not_held_back_until_the_next_frame() -> None:
    splitter = StreamSplitter()
    assert splitter.feed(b"joi") == []
    assert splitter.feed(b"ned\r\nnext") == [Line("joined")]
    assert splitter.feed(encode_frame(exchange()[0]))[0] == Line("next")
    assert splitter.feed(b"then\n") == [Line("then")]


def test_a_frame_whose_first_byte_is_a_line_end_is_no_empty_line() -> None:
    frame = encode_frame(b"\x48\x14\x01\x02\x03\x04\x05\x06\x07" + bytes(8))
    assert frame[1:2] == b"\n"
    assert split(frame) == [Candidate(frame[1:-1])]
    assert split(b"one\n\ntwo\n") == [Line("one"), Line(""), Line("two")]


def test_a_prompt_is_shown_once_the_line_is_quiet_and_a_frame_is_found_after_any_pause() -> None:
    splitter = StreamSplitter()
    assert splitter.feed(b">>> ") == []
    assert splitter.quiet() == [Line(">>> ")]
    frame = encode_frame(exchange()[0])
    splitter.feed(frame[:9])
    splitter.quiet()
    assert splitter.feed(frame[9:]) == [Candidate(frame[1:-1])]


def test_a_damaged_frame_is_handed_over_whole() -> None:
    hurt = damaged(exchange()[0])
    assert split(b"before\n" + hurt + b"after\n") == [
        Line("before"),
        Candidate(hurt[1:-1]),
        Line("after"),
    ]


def test_text_behind_noise_is_found_as_when_a_board_restarts() -> None:
    noise = bytes.fromhex("ff fe 81 0a 99")
    stream = noise + b"\r\nrst:0x1 (POWERON)\r\n" + encode_frame(exchange()[0])
    first, second, third = split(stream)
    assert first == Noise(noise + b"\r\n")
    assert second == Line("rst:0x1 (POWERON)")
    assert isinstance(third, Candidate)


def test_a_wrong_speed_gives_noise_in_pieces_without_end() -> None:
    items = split(b"\xfe" * 10_000)
    assert all(isinstance(item, Noise) and len(item.data) <= 1024 for item in items)
    assert sum(len(item.data) for item in items if isinstance(item, Noise)) == 10_000


def test_what_is_too_long_for_a_frame_is_cut_at_the_same_places_however_it_comes() -> None:
    stream = b"\xfe" * 250 + b"\n" + b"\xfe" * 30 + b"\nlong text\n" + b"\xfe" * 9
    whole = split(stream)
    assert Line("long text") in whole
    for cut in range(len(stream)):
        assert split(stream, [cut]) == whole


def test_a_few_characters_that_look_like_text_do_not_tear_a_damaged_frame() -> None:
    hurt = b"\x13\xff\nab\n\xfe\x07"
    assert split(b"\x00" + hurt + b"\x00") == [Candidate(hurt)]


@given(STREAMS, st.lists(st.integers(0, 2_000)))
def test_any_pieces_give_the_same(stream: bytes, cuts: list[int]) -> None:
    assert split(stream, cuts) == split(stream)


@given(STREAMS)
def test_what_a_receiver_takes_for_frames_is_given_as_frames(stream: bytes) -> None:
    whole = stream + b"\x00"
    assert receive(split(whole)) == FrameDecoder(MAX_PACKET + 1).feed(whole)


@given(st.lists(TEXT | UPLINKS, max_size=10), st.lists(st.integers(0, 2_000)))
def test_text_and_frames_come_apart_in_their_order(
    parts: list[str | bytes], cuts: list[int]
) -> None:
    coded = [
        encode_frame(part) if isinstance(part, bytes) else part.encode() + b"\r\n" for part in parts
    ]
    expected = [
        Candidate(encode_frame(part)[1:-1]) if isinstance(part, bytes) else Line(part)
        for part in parts
    ]
    assert split(b"".join(coded), cuts) == expected


@given(st.lists(st.binary(max_size=400)).map(b"\n".join))
def test_nothing_but_zeros_and_line_ends_is_lost(stream: bytes) -> None:
    def bare(data: bytes) -> bytes:
        return data.translate(None, b"\x00\r\n")

    given_out = [
        item.text.encode() if isinstance(item, Line) else item.data for item in split(stream)
    ]
    assert bare(b"".join(given_out)) == bare(stream)
