"""From bytes to layers: framing, packet, session, link, message. No input raises."""

from typing import Any

from linli_firmware.bearers.rs485 import ADDRESS_BASE
from linli_protocol import catalogue, messages, packet
from linli_protocol.crypto import cobs_decode, crc16
from linli_protocol.framing import MAX_PACKET
from linli_protocol.stream import SEND_SPAN, SEQUENCE_BITS, SEQUENCE_MASK

from . import words
from .layers import Layer
from .listener import Listener, StaysClosed

_FLAGS = {
    packet.DOWNLINK: "downlink",
    packet.LONG: "long tag",
    packet.RELIABLE: "reliable",
    packet.FRAGMENT: "fragment",
}
_KIND_AT = 1


def is_framed(data: bytes) -> bool:
    """Tell whether bytes are frames; a packet's first byte holds its version and is not zero."""
    return len(data) > 1 and data[0] == data[-1] == 0


def frames(stream: bytes) -> list[bytes]:
    """Return what lies between the zeros of a byte stream, as a receiver would see it."""
    return [candidate for candidate in stream.split(b"\x00") if candidate]


class Decoder:
    """Decodes packets in the order they were sent; `listener` opens them."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        # (device, downlink, priority, first number, count) -> pieces by index.
        self._fragments: dict[tuple[int, int, int, int, int], dict[int, bytes]] = {}

    def frame(self, candidate: bytes) -> list[Layer]:
        """Return the layers of a frame, given without the zeros around it."""
        layer = Layer("frame")
        layer.add("length", len(candidate), "COBS, without the zeros around it")
        content = cobs_decode(candidate)
        if content is None:
            layer.problem = _why_no_cobs(candidate)
            return [layer]
        if len(content) < 2:
            layer.problem = f"{len(content)} bytes, too few for the CRC"
            return [layer]
        data, expected = content[:-2], crc16(content[:-2])
        found = int.from_bytes(content[-2:], "little")
        # What a bus master asks a device with, and perhaps a packet for it (PROTOCOL.md 1.5).
        is_poll = data[:1] >= bytes([ADDRESS_BASE])
        layer.add("crc", f"{found:04x}", "CRC-16/IBM-SDLC")
        if found != expected:
            layer.problem = (
                f"CRC is {found:04x}, but the {len(data)} bytes before it give {expected:04x}"
            )
        elif len(data) - is_poll > MAX_PACKET:
            layer.problem = f"{len(data)} bytes, more than the longest packet, {MAX_PACKET}"
        if layer.problem:
            return [layer]
        if not is_poll:
            return [layer, *self.packet(data)]
        poll = Layer("poll")
        poll.add("bus_address", data[0] - ADDRESS_BASE)
        return [layer, poll, *(self.packet(data[1:]) if len(data) > 1 else [])]

    def packet(self, data: bytes) -> list[Layer]:
        """Return the layers of a packet."""
        layer = Layer("packet", content=data)
        header = packet.parse_header(data)
        if header is None:
            layer.add("length", len(data))
            tag_length = packet.SHORT_TAG
            if data and data[0] & packet.LONG:
                tag_length = packet.LONG_TAG
            layer.problem = (
                f"{len(data)} bytes, fewer than the {packet.HEADER_LENGTH + tag_length} of header "
                "and tag"
            )
            return [layer]
        body_length = len(data) - packet.HEADER_LENGTH - header.tag_length
        layer.add(
            "length",
            len(data),
            f"header {packet.HEADER_LENGTH}, body {body_length}, tag {header.tag_length}",
        )
        row = catalogue.KINDS.get(header.kind)
        layer.add("version", data[0] >> 6)
        set_flags = [name for bit, name in _FLAGS.items() if header.flags & bit]
        layer.add("flags", f"{header.flags:02x}", ", ".join(set_flags) or "uplink")
        layer.add("epoch_low", header.epoch_low, "low two bits")
        layer.add("kind", f"{header.kind:02x}", row.name if row else "unknown")
        layer.add("device", f"{header.device:08x}")
        layer.add("counter_low", header.counter_low, "low 16 bits")
        layer.problem = _why_no_packet(data, header, row)
        if layer.problem:
            return [layer]
        return [layer, *self._session(header, data)]

    def _session(self, header: Any, data: bytes) -> list[Layer]:
        layer = Layer("session")
        try:
            opened = self._listener.open(header, data)
        except StaysClosed as error:
            if error.is_fault:
                layer.problem = str(error)
            else:
                layer.note = str(error)
            return [layer]
        layer.content = opened.body
        if opened.epoch is None:
            layer.add("key", "join")
        else:
            layer.add("epoch", opened.epoch)
        layer.add("counter", opened.counter)
        if opened.repeated:
            layer.note = "repeated: a receiver refuses a counter it has seen"
        if header.flags & packet.RELIABLE:
            return [layer, *self._link(header, opened.body)]
        return [layer, *_message(header.kind, opened.body)]

    def _link(self, header: Any, text: bytes) -> list[Layer]:
        layer = Layer("link")
        start = 4 if header.flags & packet.FRAGMENT else 2
        if len(text) < start:
            layer.problem = f"{len(text)} bytes, too few for the message number"
            return [layer]
        mark = text[0] << 8 | text[1]
        number = mark & SEQUENCE_MASK
        layer.add("priority", mark >> SEQUENCE_BITS, words.priority(mark))
        layer.add("number", number)
        if mark >> SEQUENCE_BITS >= len(messages.PRIORITIES):
            layer.problem = "body byte 0: there is no such priority"
            return [layer]
        if not header.flags & packet.FRAGMENT:
            return [layer, *_message(header.kind, text[start:])]
        index, count = text[2], text[3]
        layer.add("fragment", index, f"of {count}, counted from 0")
        if not index < count <= SEND_SPAN:
            layer.problem = f"body bytes 2, 3: fragment {index} of {count}"
            return [layer]
        first = (number - index) & SEQUENCE_MASK
        key = (header.device, header.flags & packet.DOWNLINK, mark >> SEQUENCE_BITS, first, count)
        pieces = self._fragments.setdefault(key, {})
        pieces[index] = text[start:]
        if len(pieces) < count:
            layer.note = f"{len(pieces)} of {count} fragments so far"
            return [layer]
        del self._fragments[key]
        return [layer, *_message(header.kind, b"".join(pieces[i] for i in range(count)))]


def _why_no_cobs(candidate: bytes) -> str:
    """Name the first byte that breaks COBS; `candidate` is not empty and holds no zero."""
    at = 0
    while at + candidate[at] <= len(candidate):
        at += candidate[at]
    return (
        f"byte {at}: a COBS block of {candidate[at]} bytes begins here, but only "
        f"{len(candidate) - at} are left"
    )


def _why_no_packet(data: bytes, header: Any, row: catalogue.Kind | None) -> str | None:
    if not packet.has_version(data):
        return f"byte 0: version {data[0] >> 6}, not {packet.VERSION}"
    if row is None:
        return f"byte {_KIND_AT}: unknown message kind {header.kind:02x}"
    downlink = bool(header.flags & packet.DOWNLINK)
    if row.direction == (messages.UP if downlink else messages.DOWN):
        way = "downlink" if downlink else "uplink"
        return f"byte 0: {row.name} is no {way} message, but the flags say so"
    if row.long_tag != bool(header.flags & packet.LONG):
        needed = packet.LONG_TAG if row.long_tag else packet.SHORT_TAG
        return (
            f"byte 0: {row.name} takes a {needed}-byte tag, but the flags say {header.tag_length}"
        )
    return None


def _message(kind: int, body: bytes) -> list[Layer]:
    layer = Layer(catalogue.KINDS[kind].name, content=body)
    try:
        fields = messages.decode(kind, body)
    except messages.MessageError as error:
        layer.add("body", body.hex())
        layer.problem = str(error)
        return [layer]
    for name, value in fields.items():
        if isinstance(value, bytes):
            marks = words.of_marks(value) if kind == messages.ACKNOWLEDGEMENT else ""
            layer.add(name, value.hex(), marks)
        else:
            layer.add(name, value, words.of_integer(kind, name, value))
    if kind == messages.READINGS:
        return [layer, words.registers(fields, fields["deltas"])]
    return [layer]
