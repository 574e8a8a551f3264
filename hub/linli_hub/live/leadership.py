"""Whether this hub is still the one that serves its site: its database knows, no device does."""

import asyncio
import logging

from ..cluster import Patroni, PatroniError
from ..configuration import Cluster
from ..site import Site
from ..storage import follows, standbys

_log = logging.getLogger(__name__)

_LOOK_S = 0.1
# So long a box whose disk is full or broken keeps the lead, and so long it waits to ask again.
_UNFIT_S = 5.0
_AGAIN_S = 30.0
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


async def give_away(site: Site, cluster: Cluster) -> None:
    """Have another node lead whenever this one's computer cannot keep what is said; never ends."""
    unfit_s = 0.0
    while True:
        await asyncio.sleep(_LOOK_S)
        unfit_s = unfit_s + _LOOK_S if site.journal.unfit else 0.0
        if unfit_s < _UNFIT_S:
            continue
        if await asyncio.to_thread(standbys, site.configuration.database):
            _log.warning("this node gives the lead away: %s", site.journal.trouble)
            try:
                await asyncio.to_thread(Patroni(cluster.patroni).give_up_lead, cluster.node)
            except PatroniError as error:
                _log.warning("the lead cannot be given away: %s", error)
        await asyncio.sleep(_AGAIN_S)


async def _until_following(site: Site) -> str:
    cluster = site.configuration.cluster
    while cluster is None or not await asyncio.to_thread(follows, site.configuration.database):
        await asyncio.sleep(_ASK_S)
    return f"the database of {cluster.node} follows another one"
