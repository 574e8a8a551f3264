"""A site that is served in a thread of its own, for tests that wait for a browser meanwhile."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

from linli_hub.site import Site
from web_site import Served, served

_T = TypeVar("_T")
_WAIT_S = 60
# For all the tests of a file.
_LIMIT_S = 900


class SiteInThread:
    """Serves `site` until the context ends, and closes it then."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._loop = asyncio.new_event_loop()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._begun.wait(_WAIT_S), "the site does not begin"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(_WAIT_S)
        self._loop.close()

    def do(self, work: Callable[[Served], Awaitable[_T]]) -> _T:
        """Return what `work` returns, which is done in the site's own loop."""

        async def done() -> _T:
            return await work(self.served)

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(_WAIT_S)

    async def _run(self) -> None:
        self._end = asyncio.Event()
        async with served(self._site, _LIMIT_S) as self.served:
            self._begun.set()
            await self._end.wait()
