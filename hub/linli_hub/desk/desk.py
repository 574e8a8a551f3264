"""The desk of a running site: all that people do at it, and the loop that goes with it."""

import asyncio
import logging

from .cards import Cards
from .devices import Devices
from .doors import Doors
from .errors import Unavailable
from .households import Households
from .incidents import Incidents
from .meters import Meters
from .overview import Overview
from .persons import Persons
from .proposals import TwoPersons
from .radar import Watch
from .trail import Trail
from .updates import Updates

_LOOK_S = 1.0

_log = logging.getLogger(__name__)


class Desk(
    Overview,
    Incidents,
    Doors,
    Cards,
    Meters,
    Devices,
    Updates,
    Households,
    TwoPersons,
    Persons,
    Trail,
    Watch,
):
    """Everything that people do; see the package for what holds of all of it."""

    async def run(self) -> None:
        """Do what falls due without anybody's asking, beside `RunningSite.run`, until cancelled."""
        while True:
            self._running.retire_gone()
            self.note_traffic()
            try:
                await self.expire()
            except Unavailable:
                _log.exception("what expired is written down later")
            await asyncio.sleep(_LOOK_S)
