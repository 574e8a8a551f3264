"""`linli board start`: an emulated board with a console, a serial line and pins."""

import json
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linli_protocol import codes

from ..failure import Failure
from ..firmware.boards import App
from .control import Control, check_free

if TYPE_CHECKING:
    from linli_hil.emulator.terminal import Terminal

    from .flash import Content

CONSOLE = "console"
LINE = "line"
_STARTS = {
    codes.POWER_ON: "the voltage was low",
    codes.HARD_RESET: "reset",
    codes.WATCHDOG: "reset by the watchdog",
    codes.DEEP_SLEEP: "awake from deep sleep",
    codes.SOFT_RESET: "soft reset",
}


def start(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER", help="Keeps the board's flash and keys; without it nothing stays."
        ),
    ] = None,
    app: Annotated[App | None, typer.Option(help="What a new board does.")] = None,
    image: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Of `linli firmware build --board emulated`, instead."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Beside --app: not the usual wiring, but this."),
    ] = None,
    nvs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Of `linli firmware provision`; a test key unless said."),
    ] = None,
    production: Annotated[
        bool, typer.Option("--production", help="Beside --app: watchdog on, console shut.")
    ] = False,
    heap: Annotated[
        str, typer.Option(metavar="SIZE", help="192K stands for 96 kB on a 32-bit board.")
    ] = "192K",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run an emulated board until ctrl-C: MicroPython with an image as its only file system.

    mpremote and terminals open its console, hubs and `linli firmware monitor` its line, and `linli
    board do` is at its pins. A board that was started in FOLDER before goes on with what it has.
    """
    if not heap[:-1].isdigit() or heap[-1] not in "KM":
        raise typer.BadParameter(f"--heap: {heap!r} is not like 192K or 1M")
    if image is not None and (app is not None or config is not None or production):
        raise typer.BadParameter("--image says all that --app, --config and --production say")
    if app is None and (config is not None or production):
        raise typer.BadParameter("--config and --production go with --app")
    try:
        from .flash import kept, new
    except ImportError as error:
        raise Failure(f"{error.name} is not installed: pip install 'linli[hil]'") from None
    content = None
    if folder is not None:
        check_free(folder)
        content = kept(folder)
    if content is None:
        if app is None and image is None:
            raise typer.BadParameter("give --app, or --image, or the FOLDER of an earlier board")
        content = new(app, image, config, production, nvs)
    elif app or image or nvs:
        raise Failure(f"{folder}: there is a board already; delete the folder for a new one")
    with _home(folder) as home:
        _run(content, home, heap, keeps=folder is not None, as_json=as_json)


@contextmanager
def _home(folder: Path | None) -> Iterator[Path]:
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="linli-board-") as made:
            yield Path(made)
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{folder}: {error.strerror}") from error
    yield folder


def _run(content: "Content", home: Path, heap: str, *, keeps: bool, as_json: bool) -> None:
    from linli_hil.emulator import EmulatedBoard
    from linli_hil.emulator.terminal import Terminal

    from .flash import keep
    from .hand import Hand

    stopped: list[int] = []
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, frame: stopped.append(number))
    board = EmulatedBoard(content.flash, content.keys, heap, stays_on=True)
    terminal = Terminal(board, lambda cause: print(_STARTS[cause], file=sys.stderr))
    try:
        control = Control(home, Hand(board, terminal, content.pins).do)
        try:
            with _links(home, terminal) as links:
                _tell(content, home, links, as_json)
                terminal.power_on()
                while not stopped:
                    terminal.turn()
                    control.serve()
        finally:
            control.close()
        terminal.power_off()
        if keeps:
            keep(home, board)
    finally:
        terminal.close()
        board.close()


@contextmanager
def _links(home: Path, terminal: "Terminal") -> Iterator[dict[str, Path]]:
    """Have names for the pseudo-terminals, whose own change with each start."""
    targets = {home / CONSOLE: terminal.console.path, home / LINE: terminal.line.path}
    try:
        for link, target in targets.items():
            link.unlink(missing_ok=True)
            link.symlink_to(target)
        yield {link.name: link for link in targets}
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from error
    finally:
        for link in targets:
            link.unlink(missing_ok=True)


def _tell(content: "Content", home: Path, links: dict[str, Path], as_json: bool) -> None:
    told: dict[str, Any] = {
        "app": content.app,
        "device": content.device,
        "test_key": content.test_key,
        "folder": str(home),
        **{name: str(link) for name, link in links.items()},
    }
    if as_json:
        print(json.dumps(told), flush=True)
        return
    who = content.device or "without address and key"
    if content.test_key:
        who += f", of the community with the test key {content.test_key}"
    print(f"{content.app} {who}")
    place = shlex.quote(str(home))
    print(f"console  mpremote connect {place}/{CONSOLE}")
    print(f"line     linli firmware monitor --port {place}/{LINE}")
    print(f"pins     linli board do {place} pins")
    print("ctrl-C switches it off", flush=True)
