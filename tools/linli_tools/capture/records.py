"""What passes on a line: records of logs, packets and damage, decoded by the tools' decoder."""

from dataclasses import dataclass
from typing import Any

from linli_protocol import catalogue, packet

from ..decode import Decoder
from ..layers import Layer
from .splitter import Candidate, Item, Line, StreamSplitter

UP = "up"
DOWN = "down"


@dataclass(frozen=True, slots=True)
class Log:
    """A line of text; `time_us` is when its end came, since 1970."""

    time_us: int
    text: str


@dataclass(frozen=True, slots=True)
class Damaged:
    """Bytes, as they came, that hold no packet; the layers say why."""

    time_us: int
    data: bytes
    layers: list[Layer]

    @property
    def problem(self) -> str:
        """What is wrong with the bytes."""
        return _problem(self.layers)


class Packet:
    """A packet as on air, and what it says.

    `bus_address`: whom a bus master polls with it (`data` may then be empty), else None.
    `direction`: UP, DOWN, or "" when it does not tell; `header`: None when it has none.
    `body`: in clear, `message`: likewise and put together; empty while they are not known.
    """

    def __init__(self, time_us: int, data: bytes, layers: list[Layer]) -> None:
        self.time_us = time_us
        self.data = data
        self.layers = layers
        by_name = {layer.name: layer for layer in layers}
        self.bus_address = _value(by_name.get("poll"), "bus_address")
        header: Any = packet.parse_header(data)
        self.header = header if header and packet.has_version(data) else None
        self.direction = DOWN if self.bus_address is not None else ""
        self.kind = ""
        if self.header:
            self.direction = DOWN if self.header.flags & packet.DOWNLINK else UP
            row = catalogue.KINDS.get(self.header.kind)
            self.kind = row.name if row else f"kind {self.header.kind:02x}"
        session = by_name.get("session")
        self.body = session.content if session else b""
        self.epoch = _value(session, "epoch")
        self.counter = _value(session, "counter")
        message = by_name.get(self.kind)
        self.message = message.content if message else b""

    @property
    def problem(self) -> str:
        """What is wrong with the packet; "" when nothing is."""
        return _problem(self.layers)


Record = Log | Damaged | Packet


class Recorder:
    """Makes records of what a source gives; unless it `is_stream`, each read is a packet."""

    def __init__(self, decoder: Decoder, is_stream: bool) -> None:
        self._decoder = decoder
        self._is_stream = is_stream
        self._splitter = StreamSplitter()

    def take(self, data: bytes, time_us: int) -> list[Record]:
        """Return the records that `data` completes; b"" says that the line has been quiet."""
        if not self._is_stream:
            return [Packet(time_us, data, self._decoder.packet(data))] if data else []
        items = self._splitter.feed(data) if data else self._splitter.quiet()
        return [self._record(item, time_us) for item in items]

    def interrupt(self, time_us: int) -> list[Record]:
        """Return what is left of a line that has gone: what comes next begins anew."""
        items = self._splitter.quiet()
        self._splitter = StreamSplitter()
        return [self._record(item, time_us) for item in items]

    def _record(self, item: Item, time_us: int) -> Record:
        if isinstance(item, Line):
            return Log(time_us, item.text)
        if isinstance(item, Candidate):
            layers = self._decoder.frame(item.data)
            if layers[0].problem:
                return Damaged(time_us, item.data, layers)
            found = [layer.content for layer in layers if layer.name == "packet"]
            return Packet(time_us, found[0] if found else b"", layers)
        problem = f"{len(item.data)} bytes that are neither text nor a frame"
        return Damaged(time_us, item.data, [Layer("noise", problem=problem)])


def _problem(layers: list[Layer]) -> str:
    return "; ".join(layer.problem for layer in layers if layer.problem)


def _value(layer: Layer | None, name: str) -> int | None:
    fields = layer.fields if layer else []
    return next((int(one.value) for one in fields if one.name == name), None)
