"""A board without address and key: it does nothing but wait for them, and says so.

There is nothing to protect yet, so its console is open: address and key are written to the NVS
there, or come with an image of its partition; the configuration is a file (docs/FIRMWARE.md).
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Board, Feeder

REMIND_MS = 10_000


async def wait_for_identity(board: "Board", watchdog: "Feeder") -> None:
    """Remind of what is missing until the board has been given it."""
    board.open_console()
    while board.identity() is None:
        watchdog.feed()
        board.show("not provisioned: no address and key")
        await board.sleep_ms(REMIND_MS)
