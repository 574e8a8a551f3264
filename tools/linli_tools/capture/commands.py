"""`linli frames sniff` and `linli firmware monitor`: watch a line, or a board at work."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console

from ..decode import Decoder
from ..failure import Failure
from ..key_options import GenerationBesideKey
from ..overhearing import CommunityKey, Device, DeviceKey, Session, overhear
from .display import Display
from .link_type import BEARERS, USER0, CaptureWriter, interfaces
from .pcapng import MAGIC, PcapngWriter
from .records import Record, Recorder
from .sources import CapturedBytes, Lost, Serial, Source, is_port, source_of

_RETRY_S = 0.2

Sinks = list[Callable[[Record], None]]

Write = Annotated[
    str | None,
    typer.Option(metavar="FILE|-", help="Write pcapng for Wireshark; - is standard output."),
]
Baud = Annotated[int, typer.Option(min=1, help="Of a serial port.")]
Mode = Annotated[str, typer.Option(metavar="8N1", help="Of a serial port; RS-485 has 8E1.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, an object a line.")]


def sniff(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A serial port, tcp:HOST:PORT, udp:[HOST:]PORT, a file of bytes, or -.",
        ),
    ],
    write: Write = None,
    baud: Baud = 115_200,
    mode: Mode = "8N1",
    bearer: Annotated[
        str | None, typer.Option(help="What the capture says the line is, if not as it seems.")
    ] = None,
    community_key: CommunityKey = None,
    generation: GenerationBesideKey = 0,
    device_key: DeviceKey = None,
    device: Device = None,
    session: Session = None,
    as_json: AsJson = False,
) -> None:
    """Print a line for each packet that passes, without sending anything; ctrl-C ends.

    Text between frames, such as a console's, is shown as well. With keys, joins are followed and
    bodies opened: in the lines, and as a second layer in the capture.
    """
    if bearer is not None and bearer not in BEARERS:
        raise typer.BadParameter(f"{bearer!r} is none of {', '.join(BEARERS)}")
    if [source, community_key, device_key].count("-") > 1:
        raise typer.BadParameter("standard input can be read for one thing only")
    if write and all(map(os.path.exists, (write, source))) and os.path.samefile(write, source):
        raise typer.BadParameter(f"--write {write}: this is what is read")
    origin = source_of(source, baud, mode)
    decoder = Decoder(overhear(community_key, generation, device_key, device, session))
    recorder = Recorder(decoder, origin.is_stream)
    with _sinks(write, bearer or origin.bearer, as_json) as sinks, origin:
        if not isinstance(origin, CapturedBytes):
            typer.echo(f"{source}: open, ctrl-C ends", err=True)
        for record in _records(origin, recorder):
            for sink in sinks:
                sink(record)


def monitor(
    port: Annotated[str, typer.Option(metavar="PORT", help="The board's serial port, or a pty.")],
    write: Write = None,
    baud: Baud = 115_200,
    mode: Mode = "8N1",
    community_key: CommunityKey = None,
    generation: GenerationBesideKey = 0,
    device_key: DeviceKey = None,
    device: Device = None,
    session: Session = None,
    as_json: AsJson = False,
) -> None:
    """Show a board's logs as they come, and its packets between them; ctrl-C ends.

    The board may restart or be unplugged, and need not be there yet.
    """
    if os.path.exists(port) and not is_port(port):
        raise Failure(f"{port}: this is no serial port")
    board = Serial(port, baud, mode)
    decoder = Decoder(overhear(community_key, generation, device_key, device, session))
    recorder = Recorder(decoder, is_stream=True)
    with _sinks(write, board.bearer, as_json) as sinks:
        for record in _records_of_board(board, recorder):
            for sink in sinks:
                sink(record)


def _records(source: Source, recorder: Recorder) -> Iterator[Record]:
    """Yield what passes until the source ends or is lost."""
    while (data := source.read()) is not None:
        yield from recorder.take(data, _now_us())
    yield from recorder.interrupt(_now_us())


def _records_of_board(board: Serial, recorder: Recorder) -> Iterator[Record]:
    """Yield what a board says, however often it goes and comes back."""
    told = ""
    was_there = False
    while True:
        try:
            with board:
                typer.echo(f"{board.path}: open, ctrl-C ends", err=True)
                told, was_there = "", True
                yield from _records(board, recorder)
        except Failure as failure:
            # A port that comes back may for a moment be another program's, or nobody's.
            if not (was_there or isinstance(failure, Lost)):
                raise
            if str(failure) != told:
                told = str(failure)
                typer.echo(f"{told}; waiting for it", err=True)
            yield from recorder.interrupt(_now_us())
            time.sleep(_RETRY_S)


@contextmanager
def _sinks(write: str | None, bearer: str, as_json: bool) -> Iterator[Sinks]:
    """Yield what takes records; end in peace when the user or a reader of the capture does."""
    display = Display(Console(stderr=write == "-", highlight=False), as_json)
    sinks: Sinks = [display.show]
    try:
        with ExitStack() as stack:
            if write is not None:
                file = stack.enter_context(_capture_file(write))
                writer = PcapngWriter(file, USER0, interfaces(bearer), f"linli {version('linli')}")
                sinks.append(CaptureWriter(writer, bearer).write)
            yield sinks
    except (KeyboardInterrupt, BrokenPipeError):
        pass
    typer.echo(display.counts(), err=True)


def _capture_file(write: str) -> BinaryIO:
    """Open what --write names; others may not read what keys have opened.

    A capture that is there already gives way, a named pipe is written to, all else is kept.
    """
    if write == "-":
        if sys.stdout.isatty():
            raise typer.BadParameter("--write -: standard output is a terminal")
        return os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    path = Path(write)
    try:
        if path.is_file():
            with path.open("rb") as file:
                start = file.read(len(MAGIC))
            if start not in (b"", MAGIC):
                raise Failure(f"--write {write}: exists and is no capture; it is not overwritten")
            path.chmod(0o600)
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
    except OSError as error:
        raise Failure(f"--write {write}: {error.strerror}") from error


def _now_us() -> int:
    return time.time_ns() // 1000
