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
        watchdog.feed()
        board.show("not provisioned: no address and key")
        await board.sleep_ms(REMIND_MS)
