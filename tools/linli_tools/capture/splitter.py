"""Cuts what comes over a serial line into lines of text, frames, and bytes that are neither.

Text (logs, a prompt) holds no zero, a frame is what lies between two. Whatever a receiver would
take for a frame is given as one; text is told by its characters and handed over as early as can be.
"""

from dataclasses import dataclass

from linli_protocol.framing import MAX_PACKET, FrameDecoder

# A packet and the address byte of a poll, with CRC and COBS: what is longer is no frame.
_MAX_CONTENT = MAX_PACKET + 1
_MAX_CANDIDATE = _MAX_CONTENT + 3 + (_MAX_CONTENT + 1) // 254
# Text in pieces, should its line never end.
_MAX_LINE = 1024
# Beside bytes that are no text, fewer characters than these may have come about by chance.
_LEAST_TEXT = 4
# Tab, and what terminals take for colours, bells and corrections.
_CONTROLS = "\t\r\n\x07\x08\x1b"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, without its end; or what a prompt left of one."""

    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What lay between two zeros, to be decoded as a frame; it may be damaged."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes, none of them zero, that are neither text nor between two zeros."""

    data: bytes


Item = Line | Candidate | Noise


class StreamSplitter:
    """Takes a stream in pieces of any size; no input raises, and little is kept between calls."""

    def __init__(self) -> None:
        # Since the last zero: all that a frame can have, and what is yet to be given of it.
        self._candidate = bytearray()
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Item]:
        """Take the stream's next bytes and return what they complete."""
        items: list[Item] = []
        *ended, rest = data.split(b"\x00")
        for piece in ended:
            items += self._take(piece)
            items += self._end()
        return items + self._take(rest)

    def quiet(self) -> list[Item]:
        """Return what is held back; to be called when nothing has come for a while, or ever will.

        A frame that goes on afterwards is found all the same.
        """
        return self._give(len(self._pending))

    def _take(self, data: bytes) -> list[Item]:
        """Add bytes, none of them zero; return the lines that need not wait for the next zero."""
        items: list[Item] = []
        while data:
            # Steps end where something is decided, wherever the pieces of the stream do.
            could_be_frame = len(self._candidate) <= _MAX_CANDIDATE
            step = data.find(b"\n") + 1 or len(data)
            step = min(step, _MAX_LINE - len(self._pending))
            if could_be_frame:
                step = min(step, _MAX_CANDIDATE + 1 - len(self._candidate))
                self._candidate += data[:step]
            self._pending += data[:step]
            data = data[step:]
            if could_be_frame and len(self._candidate) > _MAX_CANDIDATE:
                items += self._give(self._pending.rfind(b"\n") + 1)
            elif len(self._pending) == _MAX_LINE or (
                self._pending.endswith(b"\n") and (not could_be_frame or self._says_something())
            ):
                items += self._give(len(self._pending))
        return items

    def _says_something(self) -> bool:
        """Tell whether what is pending is text; a line's end alone may begin a frame."""
        return bool(self._pending.strip()) and _is_text(self._pending)

    def _end(self) -> list[Item]:
        """Return what a zero ends."""
        candidate = bytes(self._candidate)
        self._candidate.clear()
        items: list[Item]
        if FrameDecoder(_MAX_CONTENT).feed(candidate + b"\x00"):
            items = [Candidate(candidate)]
            self._pending.clear()
        else:
            items = self._give(len(self._pending))
            if items == [Noise(candidate)]:
                items = [Candidate(candidate)]
        return items

    def _give(self, length: int) -> list[Item]:
        """Take so many pending bytes away and return what they are."""
        data = bytes(self._pending[:length])
        del self._pending[:length]
        if not data:
            return []
        lines = [line + b"\n" for line in data.split(b"\n")]
        lines[-1] = lines[-1][:-1]
        least = 0 if all(map(_is_text, lines)) else _LEAST_TEXT
        items: list[Item] = []
        for line in filter(None, lines):
            if _is_text(line) and len(line) >= least:
                items.append(Line(line.decode().rstrip("\r\n")))
            elif items and isinstance(items[-1], Noise):
                items[-1] = Noise(items[-1].data + line)
            else:
                items.append(Noise(line))
        return items


def _is_text(data: bytes | bytearray) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(one.isprintable() or one in _CONTROLS for one in text)
