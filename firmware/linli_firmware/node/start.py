"""From reset to a running node. Loaded for that alone: nothing that lives on may refer to it."""

import asyncio
import sys

from linli_protocol import codes, keys

from ..event_log import LOG
from ..storage.files import BoardFiles
from ..storage.flash_store import FlashStore
from ..storage.marker import is_pending, is_there
from ..update.record import NONE, Record
from ..update.slot_files import SlotFiles
from . import build
from .console import Console
from .folders import CONFIG, DATA, MARKER, RECORD, SLOTS
from .provisioning import wait_for_identity, wait_for_restart
from .starter import Starter
from .updates import Updates
from .watchdog import Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .node import Node
    from .types import Board

WATCHDOG_S = 60
# Of the 2^32 numbers for joins, for one loss of the store. Hubs look for a device 2^18 further on.
JOINS = 0x10000


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


def _last_known_s(store: FlashStore) -> int:
    """Return the time of the newest event that has one, 0 when none of the last hundred has."""
    end = store.end(LOG)
    for index in range(end - 1, max(store.first(LOG), end - 100) - 1, -1):
        unix_s = int.from_bytes((store.read(LOG, index) or b"")[:4], "big")
        if unix_s:
            return unix_s
    return 0


def _secure_joins(board: "Board", store: FlashStore) -> None:
    """See that no join number comes again, even when the store has been lost.

    The hub would not answer it, and a nonce would repeat. A mark beside the key stays ahead of the
    numbers, by more joins than there are between two starts.
    """
    saved = store.get("join")
    mark = board.join_mark()
    following = mark if saved is None else int.from_bytes(saved, "big")
    if saved is None and mark:
        store.put("join", mark.to_bytes(4, "big"))
    if following + JOINS // 2 > mark:
        board.set_join_mark(following + JOINS)


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
    store = FlashStore(BoardFiles(DATA), board.retained)
    if store.damaged:
        # What was lost may have been the counters of the session: its nonces must not come again.
        store.delete("session")
    _secure_joins(board, store)
    # After a loss of power no certificate could be valid yet, and no broker be asked for the time.
    board.set_not_before(max(image.built, _last_known_s(store)))
    starter = Starter(board, image, BoardFiles(CONFIG), store)
    try:
        node = starter.node(device, root)
        if on_trial and starter.is_safe:
            raise ValueError("an image that knows safe mode only")
    except ValueError as error:
        if on_trial:
            # Its tries run out, and the image before comes back.
            raise
        asyncio.run(wait_for_restart(board, watchdog, str(error)))
        return None
    updates = Updates(node, record, SLOTS, image.vendor_keys, board.flash_free)
    node.updates = updates
    node.add(updates)
    node.when_proven.append(updates.confirm)
    if image.production and image.service_pin is not None:
        jumper = board.pin_in(image.service_pin, "up", True)
        node.add(Console(board, jumper, keys.console_key(root), node.console_answered))
    if is_watched:
        node.add(Watchdog(watchdog, node.supervisor))
    node.start(board.reset_cause())
    if starter.refused:
        node.report(codes.CONFIG_REFUSED)
    updates.tell()
    how = "is in safe mode" if starter.is_safe else "runs"
    board.show("%s %08x %s" % (image.app, device, how))
    return node
