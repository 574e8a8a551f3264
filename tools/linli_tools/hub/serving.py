"""`linli hub serve`: the devices of a site are served."""

import asyncio
import json
import logging
import resource
import signal
import sys
import time
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linli_protocol.catalogue import KINDS

from ..failure import Failure
from .opening import CONFIG, AsJson, Config, configuration, failures, writing

if TYPE_CHECKING:
    from linli_hub.desk import Desk
    from linli_hub.live.running import RunningSite
    from linli_hub.live.watchdog import Watchdog
    from linli_hub.web.server import WebServer
    from linli_hub.web.settings import Web
    from linli_protocol.types import Fields


_log = logging.getLogger(__name__)

# How often a hub that stands by looks whether its database leads.
_LOOK_S = 0.25


def serve(
    config: Config = CONFIG,
    as_json: AsJson = False,
    log_json: Annotated[
        bool,
        typer.Option("--log-json", help="Log as JSON lines and print nothing else: for a daemon."),
    ] = False,
) -> None:
    """Serve the devices enrolled until ctrl-C, and print what they say as it comes.

    A hub of a cluster waits while its database follows another, and ends when it leads no more.
    """
    from linli_hub.live import logs, loop
    from linli_hub.live.running import RunningSite
    from linli_hub.live.watchdog import Watchdog

    settings = configuration(config)
    watchdog = Watchdog()
    # A core file would have the keys.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with ExitStack() as stack:
        stack.enter_context(logs.written(sys.stderr, log_json))
        with watchdog.waited_for():
            if settings.cluster is not None:
                stack.enter_context(failures())
                _stand_by(settings.cluster.node, settings.database)
                _carry_out_promotion(config.parent, settings.database)
            site = stack.enter_context(writing(config, start=False))

        def seen(device: int, kind: int, fields: "Fields", time_us: int) -> None:
            if not log_json:
                _print(device, kind, fields, time_us, as_json)

        running = RunningSite(site, seen)
        for name in sorted(running.missing):
            _log.warning("%s has no way %s, but devices on it", config, name)
        ways = ", ".join(running.ways) or "no way"
        _log.info("%d devices on %s", len(site.registry.all()), ways)
        loop.run(_until_told(running, watchdog))


def _stand_by(node: str, database: str) -> None:
    """Wait until the database leads."""
    from linli_hub.live import running  # noqa: F401 - loaded by the time it is needed
    from linli_hub.storage import leads

    if not leads(database):
        _log.info("%s stands by: its database follows another one", node)
        while not leads(database):
            time.sleep(_LOOK_S)
    _log.info("%s leads", node)


def _carry_out_promotion(folder: Path, address: str) -> None:
    from linli_hub.cluster import asked
    from linli_hub.storage import open_database

    found = asked(folder)
    if found is not None:
        path, promotion = found
        database = open_database(address)
        try:
            promotion.carry_out(database, time.time_ns() // 1000)
        finally:
            database.close()
        path.unlink()
        _log.warning("%s goes on alone, as %s and %s decided", promotion.node, *promotion.by)


async def _until_told(running: "RunningSite", watchdog: "Watchdog") -> None:
    """Serve until ctrl-C or a terminate signal; Failure when a part cannot begin."""
    from linli_hub.desk import Desk
    from linli_hub.live.running import LostError
    from linli_hub.ways import WayError

    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    desk = Desk(running)
    web = running.site.configuration.web
    server = None if web is None else _server(desk, running, web)
    # In the order in which they end.
    parts: list[Coroutine[Any, Any, object]] = [
        told.wait(),
        watchdog.run(),
        desk.run(),
        running.run(),
    ]
    if server is not None:
        _log.info("page at %s", server.address)
        parts.insert(1, server.run())
    tasks = [asyncio.create_task(part) for part in parts]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    try:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    except (LostError, WayError) as error:
        raise Failure(str(error)) from error


def _server(desk: "Desk", running: "RunningSite", settings: "Web") -> "WebServer":
    try:
        from linli_hub.web.app import application
        from linli_hub.web.server import WebServer
    except ImportError as error:
        raise Failure("[web] needs more than is installed: linli[hub]") from error
    from linli_hub.web.settings import WebError

    try:
        return WebServer(application(desk, running, settings), settings)
    except WebError as error:
        raise Failure(str(error)) from error


def _print(device: int, kind: int, fields: "Fields", time_us: int, as_json: bool) -> None:
    name = KINDS[kind].name
    if as_json:
        told = {"time_us": time_us, "device": f"{device:08x}", "message": name, **fields}
        typer.echo(json.dumps(told, default=bytes.hex))
        return
    said = " ".join(
        f"{key}={value.hex() if isinstance(value, bytes) else value}"
        for key, value in fields.items()
        if value is not None
    )
    at = time.strftime("%H:%M:%S", time.localtime(time_us / 1_000_000))
    typer.echo(f"{at} {device:08x} {name} {said}")
