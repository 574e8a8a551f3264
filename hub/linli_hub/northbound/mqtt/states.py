"""Each device's newest state on the broker, retained, with its availability and announcement.

A state is what the log says now, whatever of the log has gone already. After a connection all of
them go, for the broker may have lost its own; they go one by one, beside the rows.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial

from ...privacy import MESSAGE, Sensitivity
from ...projections import DESTRUCTIONS, Event
from ...registry import RETIRED
from ..forwarder import Forwarder
from ..reading import LogReader
from . import discovery, payloads
from .client import Client
from .settings import Mqtt
from .topics import OFFLINE, ONLINE, Topics

# Devices are looked through for silent ones so often.
_LOOK_S = 60.0


class States:
    """Keeps the states of all devices on the broker in step with the log."""

    def __init__(
        self,
        settings: Mqtt,
        topics: Topics,
        forwarder: Forwarder,
        reader: LogReader,
        unix_us: Callable[[], int],
    ) -> None:
        self._topics = topics
        self._prefix = settings.discovery
        self._with_alarms = Sensitivity.HEALTH in settings.classes()
        self._silent_us = settings.silent_after_s * 1_000_000
        self._forwarder = forwarder
        self._reader = reader
        self._unix_us = unix_us
        # In the order in which they are to go.
        self._due: dict[int, None] = {}
        self._awake = asyncio.Event()
        self._heard_us: dict[int, int] = {}
        # What the broker was told on this connection; of announcements the hash.
        self._available: dict[int, bool] = {}
        self._announced: dict[int, int] = {}

    def follow(self, events: Iterable[Event]) -> None:
        """Have the states go anew that these rows, just sent, may have changed."""
        for event in events:
            if event.kind in DESTRUCTIONS:
                self._due |= dict.fromkeys(self._available)
            elif event.device:
                self._heard(event)
                self._due[event.device] = None
        self._awake.set()

    async def publish(self, client: Client) -> None:
        """Send all states, then those that change, until cancelled or the connection is lost."""
        self._available.clear()
        self._announced.clear()
        self._due |= dict.fromkeys(await self._forwarder.blocking(self._reader.devices))
        look_at = time.monotonic() + _LOOK_S
        while True:
            while self._due:
                device = next(iter(self._due))
                del self._due[device]
                slots = await self._forwarder.blocking(partial(self._reader.slots, device))
                await self._send(client, device, slots)
            self._awake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(look_at):
                    await self._awake.wait()
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + _LOOK_S
                self._due |= dict.fromkeys(self._fallen_silent())

    async def _send(self, client: Client, device: int, slots: Mapping[str, Event]) -> None:
        end = slots[RETIRED].number if RETIRED in slots else 0
        # A new device at an old address begins anew.
        slots = {slot: event for slot, event in slots.items() if event.number > end}
        if not slots:
            await self._remove(client, device)
            return
        for event in slots.values():
            self._heard(event)
        state = payloads.state(device, slots)
        await self._announce(client, device, state)
        await client.send(self._topics.state(device), payloads.encode(state), retain=True)
        is_available = not self._is_silent(device)
        if self._available.get(device) != is_available:
            said = ONLINE if is_available else OFFLINE
            await client.send(self._topics.availability(device), said, retain=True)
            self._available[device] = is_available

    async def _announce(self, client: Client, device: int, state: payloads.State) -> None:
        if self._prefix is None:
            return
        told = payloads.encode(
            discovery.announcement(self._topics, device, state, self._with_alarms)
        )
        if self._announced.get(device) != hash(told):
            topic = discovery.topic(self._prefix, self._topics.site, device)
            await client.send(topic, told, retain=True)
            self._announced[device] = hash(told)

    async def _remove(self, client: Client, device: int) -> None:
        """Take a device away from the broker, where an empty retained message deletes one."""
        topics = [self._topics.state(device), self._topics.availability(device)]
        if self._prefix is not None:
            topics.insert(0, discovery.topic(self._prefix, self._topics.site, device))
        for topic in topics:
            await client.send(topic, b"", retain=True)
        for known in (self._heard_us, self._available, self._announced):
            known.pop(device, None)

    def _heard(self, event: Event) -> None:
        if event.kind == MESSAGE:
            before = self._heard_us.get(event.device, 0)
            self._heard_us[event.device] = max(before, event.time_us)

    def _is_silent(self, device: int) -> bool:
        return self._unix_us() - self._heard_us.get(device, 0) > self._silent_us

    def _fallen_silent(self) -> list[int]:
        return [
            device
            for device, is_available in self._available.items()
            if is_available and self._is_silent(device)
        ]
