"""A board without address and key: it does nothing but wait for them, and says so.

While it is new there is nothing to protect, so its console is open: address and key are written to
the NVS there, or come with an image of its partition; the configuration is a file
(docs/FIRMWARE.md). On a board that has lost them, only the image of the partition is left.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Board, Feeder

REMIND_MS = 10_000


async def wait_for_identity(board: "Board", watchdog: "Feeder") -> None:
    """Remind of what is missing until the board has been given it."""
    while board.identity() is None:
        await remind(board, watchdog, "not provisioned: no address and key")


async def wait_for_restart(board: "Board", watchdog: "Feeder", reason: str) -> None:
    """Remind of what is missing until somebody has mended it and starts the board anew."""
    while True:
        await remind(board, watchdog, reason)


async def remind(board: "Board", watchdog: "Feeder", text: str) -> None:
    """Say it once, and let some time pass."""
    watchdog.feed()
    board.show(text)
    await board.sleep_ms(REMIND_MS)
