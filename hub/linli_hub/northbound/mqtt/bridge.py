"""The bridge to an MQTT broker: the log, each device's state, and commands if they are configured.

It runs beside the hub and never in its way: what the broker does not take waits in the log, and at
most one delivery is in memory.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import aiomqtt

from ...journal import Journal
from ...projections import Event
from ...storage import Database, StorageError, log_table
from ...vault import Vault
from ..forwarder import Forwarder
from ..reading import LogReader, Page
from ..selection import Selection
from . import payloads
from .client import Client, RefusedError, end_if_cancelled
from .commands import Command, Commands
from .settings import Mqtt, SettingsError
from .states import States
from .topics import OFFLINE, ONLINE, Topics

# Seconds between attempts to connect.
_PATIENCE_S = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
# Time for a last word.
_FAREWELL_S = 2.0

_FAILURES = (aiomqtt.MqttError, RefusedError, SettingsError, StorageError, OSError)


class Bridge:
    """Sends the log to the broker of `settings`; the tables of `NEWEST` must be in `database`.

    `trouble` is None, or why nothing goes at the moment. `command` carries out what `settings` lets
    the broker ask for; `page` is as for `LogReader`. SettingsError: a file that the settings name
    cannot be used.
    """

    def __init__(
        self,
        settings: Mqtt,
        database: Database,
        journal: Journal,
        vault: Vault,
        unix_us: Callable[[], int],
        command: Command,
        page: Page = log_table.page,
    ) -> None:
        settings.password()
        settings.tls_context()
        self.trouble: str | None = "not connected yet"
        self._settings = settings
        self._topics = Topics(settings.site)
        self.commands = Commands(
            self._topics, settings.operations(), command, lambda: unix_us() // 1_000_000
        )
        reader = LogReader(database, vault, Selection(settings.classes()), page)
        self.forwarder = Forwarder(
            f"mqtt {settings.site}", journal, reader, unix_us, settings.limits(), settings.history
        )
        self._states = States(settings, self._topics, self.forwarder, reader, unix_us)
        self._attempt = 0

    def wake(self) -> None:
        """Look for new rows now; for the event loop's thread."""
        self.forwarder.wake()

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost; until cancelled."""
        try:
            while True:
                try:
                    await self._connection()
                except* _FAILURES as errors:
                    self.trouble = _first(errors)
                end_if_cancelled()
                await asyncio.sleep(_PATIENCE_S[min(self._attempt, len(_PATIENCE_S) - 1)])
                self._attempt += 1
        finally:
            self.forwarder.close()

    async def _connection(self) -> None:
        await self.forwarder.keep_within_limits()
        async with Client(self._settings, self._topics) as client:
            try:
                await client.send(self._topics.status, ONLINE, retain=True)
                self.trouble = None
                await _until_one_ends(
                    self._listen(client),
                    self._states.publish(client),
                    self.forwarder.run(partial(self._deliver, client)),
                )
            finally:
                # The broker keeps the will to itself when it hears a goodbye.
                with suppress(aiomqtt.MqttError):
                    await client.publish(
                        self._topics.status, OFFLINE, qos=1, retain=True, timeout=_FAREWELL_S
                    )

    async def _deliver(self, client: Client, events: Sequence[Event], late: bool) -> None:
        async with asyncio.TaskGroup() as tasks:
            for event in events:
                topic = self._topics.row(payloads.kind(event), event.device)
                tasks.create_task(client.send(topic, payloads.row(event)))
        self._attempt = 0
        if not late:
            self._states.follow(events)

    async def _listen(self, client: Client) -> None:
        """Take commands, and notice when the connection is lost."""
        if self._settings.commands:
            await client.subscribe(self._topics.commands, qos=1)
        async for message in client.messages:
            if isinstance(message.payload, bytes):
                self.commands.take(str(message.topic), message.payload, bool(message.retain))


async def _until_one_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Do all at once until one fails, and end the others; raise what it failed of."""
    # A TaskGroup would do, but before Python 3.13 it may lose that it was cancelled itself.
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _first(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)
