"""The uplink beside a running hub: it may fail, the hub does not."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from ..northbound import Forwarder

# Before an uplink that failed in a way nobody thought of begins anew.
_REST_S = 60.0

_log = logging.getLogger(__name__)


class Bridge(Protocol):
    """What carries the log up, as `northbound.mqtt.bridge.Bridge` does."""

    trouble: str | None
    forwarder: Forwarder

    async def run(self) -> None:
        """Carry until cancelled."""
        ...

    def wake(self) -> None:
        """Look for new rows now."""
        ...


class Uplink:
    """Runs the bridges that `make` makes, one after the other."""

    def __init__(self, make: Callable[[], Bridge]) -> None:
        self._make = make
        self._bridge = make()

    @property
    def trouble(self) -> str | None:
        """None, or why nothing goes at the moment."""
        return self._bridge.trouble

    @property
    def forwarder(self) -> Forwarder:
        """What has gone, and what waits."""
        return self._bridge.forwarder

    def wake(self) -> None:
        """Look for new rows now; for the event loop's thread."""
        self._bridge.wake()

    async def run(self) -> None:
        """Carry the log up until cancelled."""
        while True:
            try:
                await self._bridge.run()
            except Exception:
                _log.exception("the uplink failed, and begins anew in %d s", _REST_S)
            await asyncio.sleep(_REST_S)
            self._bridge = self._make()
