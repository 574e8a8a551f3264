"""Records as people read them, a line each, and as JSON, an object a line."""

import json
import re
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from linli_protocol import catalogue

from ..layers import Layer
from .records import Damaged, Log, Packet, Record

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_NAMES = {row.name for row in catalogue.KINDS.values()}
_SHOWN_BYTES = 32


class Display:
    """Prints records on `console`, and counts them."""

    def __init__(self, console: Console, as_json: bool) -> None:
        self._console = console
        self._as_json = as_json
        self._packets = self._damaged = self._lines = 0

    def show(self, record: Record) -> None:
        """Print a record; polls with nothing in them, and empty lines, are counted only."""
        if isinstance(record, Packet):
            self._packets += 1
            if record.bus_address is not None and not record.data:
                return
        elif isinstance(record, Damaged):
            self._damaged += 1
        else:
            self._lines += 1
            if not record.text.strip():
                return
        if self._as_json:
            text = Text(json.dumps(as_json(record), ensure_ascii=False))
        else:
            wrong = not isinstance(record, Log) and record.problem
            text = Text(one_line(record), style="red" if wrong else "")
        self._console.print(text, soft_wrap=True)

    def counts(self) -> str:
        """Return what there was."""
        return f"{self._packets} packets, {self._damaged} damaged, {self._lines} lines of text"


def one_line(record: Record) -> str:
    """Return local time, direction, device, kind, counter, length, and what the packet says."""
    time = datetime.fromtimestamp(record.time_us / 1e6).strftime("%H:%M:%S.%f")[:-3]
    if isinstance(record, Log):
        return f"{time}  log   {_harmless(record.text)}"
    if isinstance(record, Damaged):
        return f"{time}  ????  {_hex(record.data)}  WRONG: {record.problem}"
    if record.header is None:
        return (
            f"{time}  {record.direction or '????':4}  {_hex(record.data)}  WRONG: {record.problem}"
        )
    low = f"~{record.header.counter_low}"
    counter = low if record.counter is None else f"#{record.counter}"
    head = f"{record.direction:4}  {record.header.device:08x}  {record.kind:15}  {counter:>6}"
    return f"{time}  {head}  {len(record.data):3} B  {_summary(record)}"


def as_json(record: Record) -> dict[str, object]:
    """Return a record for JSON: bytes in hexadecimal, layers as `linli frames decode` has them."""
    moment = datetime.fromtimestamp(record.time_us / 1e6, UTC).isoformat(timespec="microseconds")
    time = moment.replace("+00:00", "Z")
    if isinstance(record, Log):
        return {"time": time, "log": record.text}
    content = {"time": time, "bytes": record.data.hex()}
    layers = [layer.as_json() for layer in record.layers]
    if isinstance(record, Damaged):
        return content | {"layers": layers}
    return content | {"direction": record.direction or None, "layers": layers}


def _summary(seen: Packet) -> str:
    if seen.problem:
        return f"WRONG: {seen.problem}"
    parts: list[str] = []
    for layer in seen.layers:
        if layer.name == "link" and any(one.name == "fragment" for one in layer.fields):
            parts += [f"{one.name} {one.value} {one.words}" for one in layer.fields[-1:]]
        if layer.name in _NAMES:
            parts += _said(layer)
        if layer.note:
            parts.append(layer.note)
    return " · ".join(parts)


def _said(layer: Layer) -> list[str]:
    return [f"{one.name} {one.words or _short(str(one.value))}" for one in layer.fields]


def _short(text: str) -> str:
    return text if len(text) <= 2 * _SHOWN_BYTES else f"{text[: 2 * _SHOWN_BYTES]}…"


def _hex(data: bytes) -> str:
    return data[:_SHOWN_BYTES].hex(" ") + (" …" if len(data) > _SHOWN_BYTES else "")


def _harmless(text: str) -> str:
    """Return a device's text without what would drive the terminal that it is shown on."""
    plain = _COLOURS.sub("", text)
    return "".join(one if one.isprintable() or one == "\t" else repr(one)[1:-1] for one in plain)
