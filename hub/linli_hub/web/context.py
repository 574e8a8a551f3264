"""What the routes of one application share."""

import asyncio
import time
from typing import cast

from fastapi import Request

from ..desk import Desk
from ..live.running import RunningSite
from .feed import Feed
from .limits import LogIns, Rate
from .metrics import Metrics
from .settings import Web

# A password takes 16 MiB and a core for 50 ms to check.
_CHECKS_AT_ONCE = 2


class Context:
    """The desk of `running` as `settings` has it served."""

    def __init__(self, desk: Desk, running: RunningSite, settings: Web) -> None:
        self.desk = desk
        self.running = running
        self.settings = settings
        self.feed = Feed(running, settings.streams)
        self.metrics = Metrics(running)
        self.per_person = Rate(settings.person_requests_min, time.monotonic)
        self.per_address = Rate(settings.address_requests_min, time.monotonic)
        self.log_ins = LogIns(time.monotonic)
        self.checks = asyncio.Semaphore(_CHECKS_AT_ONCE)
        self.checking = 0
        """Passwords that are checked, or wait for it."""


def context(request: Request) -> Context:
    """Return what the application that answers `request` shares."""
    return cast(Context, request.app.state.context)
