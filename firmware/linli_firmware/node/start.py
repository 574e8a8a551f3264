"""From reset to a running node. Loaded for that alone: nothing that lives on may refer to it."""

import asyncio
import sys

from ..storage.files import BoardFiles
from ..storage.flash_store import FlashStore
from ..storage.marker import is_pending, is_there
from ..update.record import NONE, Record
from ..update.slot_files import SlotFiles
from . import build
from .folders import CONFIG, DATA, MARKER, RECORD, SLOTS
from .launch import Launch
from .provisioning import wait_for_identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .node import Node
    from .types import Board

WATCHDOG_S = 60


class _NoWatchdog:
    """For boards under development, where a person at the console is watchdog enough."""

    def feed(self) -> None:
        """Do nothing."""


def read_build() -> build.Build:
    """Return the description of the image that runs; ValueError when there is none."""
    for folder in sys.path:
        try:
            with open((folder or "") + "/" + build.FILE, "rb") as file:
                return build.Build(file.read())
        except OSError:
            pass
    raise ValueError(build.FILE + ": not found in " + ", ".join(sys.path))


def start(board: "Board") -> "Node | None":
    """Return the node, started; None: the board is to start anew instead."""
    image = read_build()
    record = Record(SlotFiles(RECORD))
    on_trial = record.trial != NONE and SLOTS[record.trial] in sys.path
    # boot.py has started it for an image on trial, and nothing stops it again.
    is_watched = image.production or on_trial
    watchdog = board.watchdog(WATCHDOG_S) if is_watched else _NoWatchdog()
    if not image.production:
        board.open_console()
    known = board.identity()
    if is_pending(MARKER):
        from .decommission import decommission

        decommission(board, watchdog, known)
        return None
    if known is None:
        if not is_there(DATA):
            # The board is new. A store, and what lies beside it, belongs to a key that was lost.
            board.open_console()
        asyncio.run(wait_for_identity(board, watchdog))
        return None
    device, root = known
    feeder = watchdog if is_watched else None
    launch = Launch(board, image, BoardFiles(CONFIG), record, on_trial, feeder)
    node = launch.node(device, root, lambda: FlashStore(BoardFiles(DATA), board.retained))
    how = "is in safe mode" if launch.starter.is_safe else "runs"
    board.show("%s %08x %s" % (image.app, device, how))
    return node
