"""The node's life, from main.py on. What only its start needs is forgotten when it has started."""

import asyncio
import gc

# What stays is loaded here and not by the start.
from ..storage import flash_store  # noqa: F401
from ..storage.marker import begin
from . import console, good_config, identity, node, updates, watchdog  # noqa: F401
from .folders import MARKER
from .passing import passing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Board


def run(board: "Board") -> None:
    """Run the node until it ends; then the board is to start anew."""
    started = passing("linli_firmware.node.start", "start")(board)
    gc.collect()
    if started is not None and asyncio.run(started.run()) == "decommissioned":
        # The next start does it, with no file open.
        begin(MARKER)
