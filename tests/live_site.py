"""A site at work over TCP, for tests that need no page and no broker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from linli_hub.configuration import load
from linli_hub.live.running import RunningSite
from linli_hub.registry import ENROLLED
from linli_hub.site import Site, make
from linli_protocol import codes
from tcp_device import TcpDevice, joined

WAIT_S = 20
KIND_CODES = {"door": codes.DOOR, "meter": codes.METER, "panic": codes.PANIC}

Story = Callable[[RunningSite], Coroutine[Any, Any, None]]


def made(
    folder: Path,
    settings: str = "",
    devices: dict[int, str] | None = None,
    time_us: int = 0,
    ways: Sequence[str] = ("tcp",),
) -> Site:
    """Make a site in `folder` that has `devices`, kinds by address; return it, not serving yet.

    All of them are enrolled on its `ways`, each at a port that is free.
    """
    path = make(folder, "lin", "correct horse battery", time_us)
    told = ", ".join(f'{{ kind = "{way}", port = 0 }}' for way in ways)
    path.write_text(f"ways = [{told}]\n{settings}")
    site = Site(load(path))
    for device, kind in (devices or {}).items():
        body = {"device": device, "kind": kind, "generation": 0, "ways": ways, "by": "lin"}
        site.tell(ENROLLED, body, time_us)
    return site


@asynccontextmanager
async def at_work(site: Site) -> AsyncIterator[RunningSite]:
    """Serve a site within."""
    running = RunningSite(site)
    task = asyncio.create_task(running.run())
    try:
        async with asyncio.timeout(WAIT_S):
            while not port(running):
                await asyncio.sleep(0.01)
            yield running
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def speaking(running: RunningSite, address: int) -> AsyncIterator[TcpDevice]:
    """Have a device of the site connected and joined within."""
    kind = KIND_CODES[running.site.registry[address].kind]
    device = TcpDevice(running.site.community_key, address, kind)
    async with joined(device, port(running)):
        yield device


def port(running: RunningSite, way: str = "tcp") -> int:
    return running.ways[way].port  # type: ignore[attr-defined,no-any-return]


def tell(site: Site, story: Story) -> None:
    """Have a story happen at a site at work."""

    async def told() -> None:
        async with at_work(site) as running:
            await story(running)

    asyncio.run(told())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)
