"""The duty desk: it handles calls and has doors opened by the API of whichever node serves.

What the hub has said to be done is remembered; an answer that did not come proves nothing.
"""

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import httpx

from .devices import DOORS, plan
from .records import Records

PORT = 8431
ADMIN = "lin"
OPERATORS = ("wang", "zhou")
HOUSEHOLD = 12
PASSWORD = "correct horse battery"
_API = "/api/v1"
_COMMANDED = re.compile(r"command (\d+) to ([0-9a-f]{8})")


class NotDoneError(Exception):
    """The hub did not say that it is done."""


class Desk:
    """Asks the nodes at `hosts`, first the one that answered last, in turn."""

    def __init__(self, records: Records, hosts: list[str]) -> None:
        self._records = records
        timeout = httpx.Timeout(8.0, connect=1.0)
        self._clients = [
            httpx.AsyncClient(base_url=f"http://{host}:{PORT}", timeout=timeout, trust_env=False)
            for host in hosts
        ]
        self._turn = 0
        self._tokens: dict[str, str] = {}

    async def ask(self, who: str | None, method: str, path: str, body: object = None) -> Any:
        """Return what the hub that serves answers; NotDoneError when none says that it is done."""
        headers = {} if who is None else {"Authorization": f"Bearer {self._tokens[who]}"}
        client = self._clients[self._turn]
        try:
            answer = await client.request(method, _API + path, json=body, headers=headers)
        except httpx.HTTPError as error:
            # A node without a hub that serves; the next may have one.
            if client is self._clients[self._turn]:
                self._turn = (self._turn + 1) % len(self._clients)
            raise NotDoneError(f"{client.base_url}: {error!r}") from error
        if not answer.is_success:
            raise NotDoneError(f"{client.base_url}{path}: {answer.status_code} {answer.text[:200]}")
        return answer.json() if answer.content else None

    async def insist(self, who: str | None, method: str, path: str, body: object = None) -> Any:
        """Ask until it is done, for a minute."""
        async with asyncio.timeout(60):
            while True:
                try:
                    return await self.ask(who, method, path, body)
                except NotDoneError:
                    await asyncio.sleep(0.5)

    async def log_in(self, name: str) -> None:
        """Get a token for somebody."""
        told = await self.insist(None, "POST", "/log-in", {"name": name, "password": PASSWORD})
        self._tokens[name] = told["token"]

    async def open(self) -> None:
        """Enrol all devices, and add the operators."""
        await self.log_in(ADMIN)
        for address, _, kind in plan():
            body = {"device": f"{address:08x}", "kind": kind, "ways": ["tcp"]}
            await self.insist(ADMIN, "POST", "/devices", body)
        for name in OPERATORS:
            body = {"name": name, "role": "operator", "password": PASSWORD}
            await self.insist(ADMIN, "POST", "/people", body)
            await self.log_in(name)

    async def work(self) -> None:
        """Handle calls, have doors opened and write consents down, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for pause_s, deed in (
                (0.5, self._handle),
                (2.0, self._open_door),
                (3.0, self._consent),
            ):
                tasks.create_task(_again(pause_s, deed))

    async def close(self) -> None:
        """Ask no more."""
        for client in self._clients:
            await client.aclose()

    async def serving(self) -> list[int]:
        """Return the numbers of the nodes whose hub answers, from 0."""

        async def answers(client: httpx.AsyncClient) -> bool:
            try:
                return (await client.get("/healthz", timeout=1.0)).status_code == HTTPStatus.OK
            except httpx.HTTPError:
                return False

        found = await asyncio.gather(*map(answers, self._clients))
        return [number for number, does in enumerate(found) if does]

    async def _handle(self, number: int) -> None:
        who = OPERATORS[0]
        calls = await self.ask(who, "GET", "/incidents")
        self._remember("looked", by=who)
        for call in calls:
            await self.ask(who, "POST", f"/incidents/{call['row']}/steps", {"state": "closed"})
            self._remember("handled", row=call["row"])

    async def _open_door(self, number: int) -> None:
        proposer, second = OPERATORS
        door = DOORS[number % len(DOORS)]
        body = {
            "operation": "door release",
            "arguments": {"device": f"{door:08x}"},
            "reason": f"visit {number}",
        }
        made = await self.ask(proposer, "POST", "/proposals", body)
        self._remember("proposed", proposal=made["number"], reason=body["reason"])
        done = await self.ask(second, "POST", f"/proposals/{made['number']}/approval")
        commanded = _COMMANDED.match(done["outcome"])
        assert commanded is not None, done
        told = {"id": int(commanded[1]), "device": int(commanded[2], 16)}
        self._remember("commanded", proposal=made["number"], outcome=done["outcome"], **told)

    async def _consent(self, number: int) -> None:
        path = f"/households/{HOUSEHOLD}/consents/door%20history"
        how = f"by telephone, call {number}"
        await self.ask(OPERATORS[1], "PUT", path, {"given": bool(number % 2), "how": how})
        self._remember("consented", how=how)

    def _remember(self, what: str, **told: Any) -> None:
        self._records.add(what, **told)
        self._records.sync()


async def _again(pause_s: float, deed: Callable[[int], Awaitable[None]]) -> None:
    for number in itertools.count(1):
        with suppress(NotDoneError):
            await deed(number)
        await asyncio.sleep(pause_s)
