"""`linli hub serve`: the devices of a site are served."""

import asyncio
import json
import signal
import time
from typing import TYPE_CHECKING

import typer

from linli_protocol.catalogue import KINDS

from ..failure import Failure
from .opening import CONFIG, AsJson, Config, writing

if TYPE_CHECKING:
    from linli_hub.live.running import RunningSite
    from linli_protocol.types import Fields


def serve(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Serve the devices enrolled until ctrl-C, and print what they say as it comes."""
    from linli_hub.live.running import RunningSite

    with writing(config, start=False) as site:

        def seen(device: int, kind: int, fields: "Fields", time_us: int) -> None:
            _print(device, kind, fields, time_us, as_json)

        running = RunningSite(site, seen)
        for name in sorted(running.missing):
            typer.echo(f"warning: {config} has no way {name}, but devices on it", err=True)
        count = len(site.registry.all())
        typer.echo(f"{count} devices on {', '.join(running.ways) or 'no way'}", err=True)
        asyncio.run(_until_told(running))


async def _until_told(running: "RunningSite") -> None:
    """Serve until ctrl-C or a terminate signal; Failure when a way cannot begin."""
    from linli_hub.ways import WayError

    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    serving = asyncio.create_task(running.run())
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
    serving.cancel()
    waiting.cancel()
    try:
        await serving
    except asyncio.CancelledError:
        pass
    except WayError as error:
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
