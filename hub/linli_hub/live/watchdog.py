"""Telling systemd that the hub lives: sd_notify(3), with `Type=notify` and `WatchdogSec`.

A hub that hangs would keep the lead for as long as its database is well, and serve nobody.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SELDOM_S = 3600.0
_ALIVE = b"READY=1\nWATCHDOG=1"


class Watchdog:
    """Whoever has started this process, if it wants to hear that it lives."""

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        timeout_us = int(os.environ.get("WATCHDOG_USEC", "0"))
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._every_s = timeout_us / 3e6 if timeout_us else _SELDOM_S

    @contextmanager
    def waited_for(self) -> Iterator[None]:
        """Say so from aside while something is done that may take long."""
        is_over = threading.Event()

        def pat() -> None:
            self._pat()
            while not is_over.wait(self._every_s):
                self._pat()

        thread = threading.Thread(target=pat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    async def run(self) -> None:
        """Say so for as long as the loop turns."""
        while True:
            self._pat()
            await asyncio.sleep(self._every_s)

    def _pat(self) -> None:
        if self._address:
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
                speaking.sendto(_ALIVE, self._address)
