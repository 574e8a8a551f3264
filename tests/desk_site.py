"""A site at work with somebody of each role at its desk, and devices that answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from linli_firmware.apps.credentials import Credentials
from linli_firmware.store import MemoryStore
from linli_hub.configuration import Configuration, TcpWay
from linli_hub.desk import Desk
from linli_hub.live.running import RunningSite
from linli_hub.people import PERSON, Person, Role, passwords
from linli_hub.privacy import PLACED
from linli_hub.registry import ENROLLED
from linli_hub.site import Site
from linli_hub.storage import log_table
from linli_protocol import codes, messages
from tcp_device import TcpDevice, joined, until_acknowledged

WAIT_S = 20
PASSWORD = "correct horse battery"
KEPT = passwords.hashed(PASSWORD, bytes)
# Two operators, for what takes two.
PEOPLE = {
    "vera": Role.VIEWER,
    "wang": Role.OPERATOR,
    "zhao": Role.OPERATOR,
    "ian": Role.INSTALLER,
    "kong": Role.AUDITOR,
    "lin": Role.ADMIN,
}
DOOR, METER, BUTTON = 0x11, 0x22, 0x33
DEVICES = {DOOR: codes.DOOR, METER: codes.METER, BUTTON: codes.PANIC}
_WORDS = {DOOR: "door", METER: "meter", BUTTON: "panic"}
HOUSEHOLD = 12


class At:
    """What a test has at hand: the desk, what is behind it, and `people` by name."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.running = RunningSite(site)
        self.desk = Desk(self.running)
        self.people: dict[str, Person] = {
            each.name: each for each in site.accounts.people() if each.name in PEOPLE
        }

    @property
    def port(self) -> int:
        return self.running.ways["tcp"].port  # type: ignore[attr-defined,no-any-return]

    def later(self, seconds: float) -> None:
        """Put the hub's clock of Unix time forward."""
        clock = self.running.clock
        unix_us = clock.unix_us
        clock.unix_us = lambda: unix_us() + round(seconds * 1e6)  # type: ignore[method-assign]

    def kinds(self) -> list[str]:
        """Return the kinds of all records in the log."""
        return [row.record.kind for row in log_table.read(self.site.database)]


def configuration(address: str, folder: Path) -> Configuration:
    made = Configuration(database=address, ways=(TcpWay(kind="tcp", port=0),)).within(folder)
    # Not made to begin at a folder: it is where the test says.
    made = made.model_copy(update={"database": address})
    for key in (made.community_key, made.master_key):
        key.touch(0o600)
        key.write_text("5a" * 16)
    return made


@asynccontextmanager
async def at_desk(settings: Configuration) -> AsyncIterator[At]:
    """Serve a site within; it is furnished when it has nobody yet."""
    site = Site(settings)
    if not site.accounts.people():
        for name, role in PEOPLE.items():
            site.tell(PERSON, {"name": name, "role": role, "password": KEPT, "by": "lin"}, 1)
        for device, kind in _WORDS.items():
            body = {"device": device, "kind": kind, "generation": 0, "ways": ["tcp"], "by": "lin"}
            site.tell(ENROLLED, body, 1)
            home = None if device == DOOR else HOUSEHOLD
            place = {"device": device, "household": home, "place": "hemu/3/5", "by": "lin"}
            site.tell(PLACED, place, 1)
    at = At(site)
    tasks = [asyncio.create_task(at.running.run()), asyncio.create_task(at.desk.run())]
    try:
        async with asyncio.timeout(WAIT_S):
            while not at.port:
                await asyncio.sleep(0.01)
            await at.running.service.durable(site.journal.position)
            yield at
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        site.close()


@asynccontextmanager
async def connected(
    at: At, address: int, kind: int, generation: int = 0, device: TcpDevice | None = None
) -> AsyncIterator[TcpDevice]:
    """Have a device joined within."""
    if device is None:
        device = TcpDevice(at.site.community_key, address, kind, generation)
    async with joined(device, at.port):
        yield device


async def said(device: TcpDevice, kind: int, fields: dict) -> None:
    """Have a device say something, and wait until the hub has it."""
    device.send(kind, fields)
    await until_acknowledged(device)


async def got(device: TcpDevice, kind: int) -> dict:
    """Return the first message of a kind that a device has not been asked for yet."""
    while True:
        for each in device.got:
            if each[0] == kind:
                device.got.remove(each)
                return each[1]
        await asyncio.sleep(0.01)


async def answering(device: TcpDevice, kind: int = messages.COMMAND) -> dict:
    """Have a device do the next command, and return it."""
    fields = await got(device, kind)
    await said(device, messages.RESULT, {"id": fields["id"], "status": codes.DONE})
    return fields


class DoorList:
    """The list of a door over TCP, as the firmware keeps it; it says what becomes of each step."""

    def __init__(self, limit: int = 1000) -> None:
        self.credentials = Credentials(MemoryStore(), limit)
        self.sequence = 0

    async def follow(self, device: TcpDevice) -> None:
        """Take steps until cancelled."""
        while True:
            step = await got(device, messages.ACCESS_LIST)
            refusal = self.credentials.apply(step["base"], step["version"], step["changes"])
            code = codes.LIST_REFUSED if refusal else codes.LIST_UPDATED
            fields = {"sequence": self.sequence, "time": 1, "code": code}
            fields |= {"subject": self.credentials.version, "detail": refusal}
            self.sequence += 1
            device.send(messages.EVENT, fields)
