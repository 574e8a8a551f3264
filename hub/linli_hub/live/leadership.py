"""Whether this hub is still the one that serves its site: its database knows, no device does."""

import asyncio

from ..site import Site
from ..storage import follows

_LOOK_S = 0.1
# A hub that nobody says anything to has nothing to commit, and would not notice.
_ASK_S = 1.0


async def lost(site: Site) -> str:
    """Wait until this hub must serve no more, and return why."""
    asking = asyncio.create_task(_until_following(site))
    try:
        while not asking.done():
            if site.journal.failed:
                return site.journal.trouble or "the journal has failed"
            await asyncio.sleep(_LOOK_S)
        return asking.result()
    finally:
        asking.cancel()


async def _until_following(site: Site) -> str:
    cluster = site.configuration.cluster
    while cluster is None or not await asyncio.to_thread(follows, site.configuration.database):
        await asyncio.sleep(_ASK_S)
    return f"the database of {cluster.node} follows another one"
