"""Whether this hub is still the one that serves its site."""

import asyncio

from ..core import Hub
from ..journal import Journal

_LOOK_S = 0.1


async def lost(journal: Journal, core: Hub) -> str:
    """Wait until this hub must serve no more, and return why."""
    while True:
        if journal.failed:
            return journal.trouble or "the journal has failed"
        if core.superseded:
            return "a device has heard of a hub that began to serve later"
        await asyncio.sleep(_LOOK_S)
