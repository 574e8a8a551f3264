"""`linli firmware shell`: mpremote at a board's port."""

import importlib.util
import signal
import subprocess
import sys
from typing import Annotated

import typer

from ..failure import Failure
from .ports import only_port


def shell(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="mpremote's, such as `fs ls`; none: its REPL."),
    ] = None,
    port: Annotated[
        str | None,
        typer.Option(help="The board's serial port; without, the only one there is."),
    ] = None,
) -> None:
    """Talk to a board with mpremote: files, mounts, the prompt of MicroPython (ctrl-] leaves it).

    Whatever follows is mpremote's own: `linli firmware shell fs cp config.json :config/`. The exit
    code is mpremote's.
    """
    if importlib.util.find_spec("mpremote") is None:
        raise Failure("mpremote is missing: pip install 'linli[firmware]'")
    command = [sys.executable, "-m", "mpremote", "connect", port or only_port()]
    with subprocess.Popen([*command, *(arguments or [])]) as process:
        # ctrl-C is for what runs on the board.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        code = process.wait()
    signal.signal(signal.SIGINT, before)
    raise typer.Exit(code)
