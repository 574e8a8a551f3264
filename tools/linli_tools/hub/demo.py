"""`linli hub demo`: a whole site on one machine, for a look around."""

import asyncio
import json
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..failure import Failure
from .opening import AsJson, failures

if TYPE_CHECKING:
    from ..demo.stage import Stage

_PORT = 8431


def demo(
    boards: Annotated[
        int, typer.Option(min=0, max=99, help="Emulated boards, each a real MicroPython.")
    ] = 20,
    simulated: Annotated[
        int, typer.Option(min=0, max=10_000, help="Simulated devices: the same logic.")
    ] = 2000,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Of the page; 0: any that is free.")
    ] = _PORT,
    folder: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep the site there; without it nothing stays."),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="End by itself; without it: at ctrl-C.")
    ] = None,
    seed: Annotated[int, typer.Option(help="What happens follows from it.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make a site of boards and simulated devices, serve it with its page, let things happen."""
    if not boards + simulated:
        raise typer.BadParameter("--boards and --simulated: at least one device")
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise typer.BadParameter(f"--folder: {folder} is there and is not empty")
    try:
        from ..demo.settlement import ROLES, planned, settle
        from ..demo.stage import Stage
    except ImportError as error:
        raise Failure(f"{error.name} is not installed: pip install 'linli[hub,hil]'") from None

    port = _free(port)
    with _home(folder) as home, failures(), _beginnings():
        settlement = planned(home.resolve(), seed, boards, simulated)
        site, passwords = settle(settlement, port)
        try:

            def tell(line: str, told: dict[str, Any]) -> None:
                typer.echo(json.dumps(told) if as_json else f"{time.strftime('%H:%M:%S')} {line}")

            stage = Stage(site, settlement, tell, lambda line: typer.echo(line, err=True))
            people = [
                {"name": name, "role": role, "password": passwords[name]}
                for name, role in ROLES.items()
            ]
            _welcome(stage.address, people, home, as_json)
            asyncio.run(_until_told(stage, seconds))
        finally:
            site.close()


async def _until_told(stage: "Stage", seconds: float | None) -> None:
    """Let the demo run until ctrl-C, a terminate signal, or the end of its time or terminal."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    running = asyncio.create_task(stage.run())
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait((running, waiting), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not running.done():
        typer.echo("ending", err=True)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def _welcome(address: str, people: list[dict[str, Any]], home: Path, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"page": address, "people": people, "folder": str(home)}))
        return
    typer.echo(f"page      {address}")
    for each in people:
        typer.echo(f"{each['role']:<9} {each['name']:<5} {each['password']}")
    typer.echo("ctrl-C ends it")


def _free(port: int) -> int:
    """Return `port`, or for 0 any that is free; Failure when it is taken: making a site is long."""
    try:
        with socket.create_server(("127.0.0.1", port)) as tried:
            found: int = tried.getsockname()[1]
    except OSError as error:
        raise Failure(f"page 127.0.0.1:{port}: {error.strerror}") from error
    return found


@contextmanager
def _beginnings() -> Iterator[None]:
    """Tell in one line what cannot begin."""
    from linli_hub.ways import WayError
    from linli_hub.web.settings import WebError

    try:
        yield
    except (WayError, WebError) as error:
        raise Failure(str(error)) from error


@contextmanager
def _home(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    made = Path(tempfile.mkdtemp(prefix="linli-demo-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)
