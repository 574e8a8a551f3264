"""What the routes of one application share."""

import time
from typing import cast

from fastapi import Request

from ..desk import Desk
from ..live.running import RunningSite
from .feed import Feed
from .limits import Checks, LogIns, Rate
from .metrics import Metrics
from .settings import Web


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
        self.checks = Checks()


def context(request: Request) -> Context:
    """Return what the application that answers `request` shares."""
    return cast(Context, request.app.state.context)
