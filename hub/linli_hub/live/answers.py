"""What devices answer to commands, for whoever waits for it."""

import asyncio

from linli_protocol import messages
from linli_protocol.types import Fields


class Answers:
    """The commands whose results are waited for, by device and number."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int], asyncio.Future[int]] = {}

    def take(self, device: int, kind: int, fields: Fields) -> None:
        """Hear a message; those that are no results say nothing here."""
        if kind == messages.RESULT:
            waiting = self._waiting.pop((device, fields["id"]), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(fields["status"])

    async def status(self, device: int, number: int, within_s: float) -> int | None:
        """Return a command's status, as in `words.RESULTS`; None: no answer `within_s`."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[device, number] = future
        try:
            async with asyncio.timeout(within_s):
                return await future
        except TimeoutError:
            return None
        finally:
            self._waiting.pop((device, number), None)
