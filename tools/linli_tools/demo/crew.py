"""The devices of a demo that live in one process, which is started, followed and ordered about."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from linli_hostsim.quantities import count

from .child import Message
from .children import Child

# How often it is told how many have been heard, until all have.
_TOLD_S = 5.0


class Crew:
    """The `devices`, called `title`, in a process of `module`; `tell` takes lines for people.

    `figures` is what the process has last said of itself: `cpu_s`, `memory_mb`.
    """

    def __init__(
        self,
        title: str,
        module: str,
        devices: Iterable[int],
        first: Message,
        folder: Path,
        tell: Callable[[str], None],
    ) -> None:
        self.title = title
        self.figures: Message = {"cpu_s": 0.0, "memory_mb": 0.0}
        self._missing = set(devices)
        self._total = len(self._missing)
        self._tell = tell
        self._told_at = 0.0
        self._child = Child(module, first, folder, self._said)

    async def run(self) -> None:
        """Let them live until cancelled; when their process ends before, tell that."""
        self._told_at = asyncio.get_running_loop().time()
        why = await self._child.run()
        self._tell(f"warning: the {self.title} are gone: {why}. The hub goes on without them")

    def order(self, message: Message) -> None:
        """Have something done by or to one of them."""
        self._child.order(message)

    def heard(self, device: int) -> None:
        """Note that the hub hears a device, which may be one of them."""
        if device not in self._missing:
            return
        self._missing.remove(device)
        now = asyncio.get_running_loop().time()
        if not self._missing or now - self._told_at >= _TOLD_S:
            self._told_at = now
            there = self._total - len(self._missing)
            self._tell(f"{self.title}: {count(there)} of {count(self._total)} have joined")

    def _said(self, message: Message) -> None:
        if "cpu_s" in message:
            self.figures = message
