"""A site that is served over HTTP as `linli hub serve` serves it, with somebody of each role."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from linli_hub.configuration import load
from linli_hub.desk import Desk
from linli_hub.live.running import RunningSite
from linli_hub.people import PERSON, Role, passwords
from linli_hub.people.accounts import TOKEN
from linli_hub.privacy import CONSENT, HOLDER, PLACED, Purpose, consent
from linli_hub.registry import ENROLLED
from linli_hub.site import Site, make
from linli_hub.web.app import application
from linli_hub.web.server import WebServer
from linli_hub.web.settings import Web
from linli_protocol import codes
from tcp_device import TcpDevice

WAIT_S = 20
PASSWORD = "correct horse battery"
DOOR, METER, BUTTON = 0x11, 0x22, 0x33
KINDS = {DOOR: "door", METER: "meter", BUTTON: "panic"}
HOUSEHOLD = 12
HOLDER_NUMBER = 104
_CODES = {DOOR: codes.DOOR, METER: codes.METER, BUTTON: codes.PANIC}


def made(folder: Path, web: str = "") -> Site:
    """Return a site with a door, a meter and a button in one household, people named by role."""
    path = make(folder, "admin", PASSWORD, 0)
    path.write_text(f'ways = [{{ kind = "tcp", port = 0 }}]\n[web]\nport = 0\n{web}')
    site = Site(load(path))
    kept = passwords.hashed(PASSWORD, os.urandom)
    for role in Role:
        site.tell(PERSON, {"name": role, "role": role, "password": kept, "by": "admin"}, 1)
    for device, kind in KINDS.items():
        body = {"device": device, "kind": kind, "generation": 0, "ways": ["tcp"], "by": "admin"}
        site.tell(ENROLLED, body, 1)
        where = {"device": device, "household": HOUSEHOLD, "place": "a/1/2/3", "by": "admin"}
        site.tell(PLACED, where, 2)
    site.tell(HOLDER, {"holder": HOLDER_NUMBER, "household": HOUSEHOLD, "by": "admin"}, 3)
    for purpose in Purpose:
        site.tell(CONSENT, consent(HOUSEHOLD, purpose, True, "admin", "signed form"), 4)
    return site


class Served:
    """A site at work, at `address`."""

    def __init__(self, running: RunningSite, desk: Desk, server: WebServer) -> None:
        self.running = running
        self.desk = desk
        self.server = server
        self.address = server.address

    def client(self, role: Role | None = None) -> httpx.AsyncClient:
        """Return a client with a token of whoever has a role."""
        headers = {} if role is None else {"Authorization": f"Bearer {self.token(role)}"}
        return httpx.AsyncClient(base_url=self.address, headers=headers, timeout=WAIT_S)

    def token(self, role: Role, life_s: float = 3600.0) -> str:
        """Return a new token, which needs no password and no time."""
        token = os.urandom(16).hex()
        now_us = self.running.clock.unix_us()
        body = {
            "name": role,
            "hash": hashlib.sha256(token.encode()).hexdigest(),
            "expires_us": now_us + round(life_s * 1_000_000),
            "by": role,
        }
        self.running.site.tell(TOKEN, body, now_us)
        return token

    @asynccontextmanager
    async def device(self, address: int) -> AsyncIterator[TcpDevice]:
        """Have one of the site's devices connect."""
        device = TcpDevice(self.running.site.community_key, address, _CODES[address])
        tcp = self.running.ways["tcp"]
        speaking = asyncio.create_task(device.run(tcp.port))  # type: ignore[attr-defined]
        try:
            yield device
        finally:
            speaking.cancel()


def told(story: Callable[[Served], Awaitable[None]], folder: Path, web: str = "") -> None:
    """Have a story happen at a new site that is served, with settings of the web server."""

    async def whole() -> None:
        async with served(made(folder / "site", web)) as site:
            await story(site)

    asyncio.run(whole())


@asynccontextmanager
async def served(site: Site, limit_s: float = 3 * WAIT_S) -> AsyncIterator[Served]:
    """Serve a site for `limit_s` at most, and close it at the end."""
    running = RunningSite(site)
    desk = Desk(running)
    settings = site.configuration.web or Web(port=0)
    server = WebServer(application(desk, running, settings), settings)
    tasks = [asyncio.create_task(part) for part in (server.run(), desk.run(), running.run())]
    try:
        async with asyncio.timeout(limit_s):
            while not running.ways["tcp"].port:  # type: ignore[attr-defined]
                await asyncio.sleep(0.01)
            yield Served(running, desk, server)
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        site.close()
