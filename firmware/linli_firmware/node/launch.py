"""From an identity to a node in operation, whatever state the flash is in.

A flash that cannot be read or written any more gets the node of safe mode on a store in RAM: a door
lets people out, and the hub hears of it. What that mode writes is gone with the next start.
"""

import gc

from linli_protocol import codes, keys

from ..event_log import LOG
from ..storage.flash_store import FlashStore
from .console import Console
from .folders import SLOTS
from .starter import Starter
from .updates import Updates
from .watchdog import Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..storage.types import Files
    from ..update.record import Record
    from .build import Build
    from .node import Node
    from .types import Board, Feeder

# Of the 2^32 numbers for joins, for one loss of the store. Hubs look for a device 2^18 further on.
JOINS = 0x10000
# An event dated further ahead of the image's build was dated by a wrong clock.
BELIEVED_S = 10 * 365 * 86400
# How many events are looked through for one with a time.
_EVENTS = 100
# The key under which the starts in safe mode in a row are retained, and how many are counted.
_STARTS = "safe"
_MOST_STARTS = 16
# What SAFE_MODE has as `detail` when it is for the flash, not for the configuration.
FLASH_FAILED = 1


def set_floor(board: "Board", built: int, store: FlashStore) -> None:
    """See that a board without the time checks no certificate against one long past.

    After a loss of power none could be valid yet, and no broker be asked for the time. What has
    passed for certain is the image's build, and the newest event; but for the latter only as long
    as it is not so late that a wrong clock must have dated it: certificates would have expired, and
    nobody could put the clock right any more.
    """
    unix_s = board.unix_s()
    if unix_s is not None and unix_s >= built:
        return
    end = store.end(LOG)
    for index in range(end - 1, max(store.first(LOG), end - _EVENTS) - 1, -1):
        event_s = int.from_bytes((store.read(LOG, index) or b"")[:4], "big")
        if built < event_s < built + BELIEVED_S:
            built = event_s
            break
    board.set_not_before(built)


def secure_joins(board: "Board", store: FlashStore) -> None:
    """See that no join number comes again, even when the store has been lost.

    The hub would not answer it, and a nonce would repeat. A mark beside the key stays ahead of the
    numbers, by more joins than there are between two starts. OSError: it cannot be moved.
    """
    saved = store.get("join")
    mark = board.join_mark()
    following = mark if saved is None else int.from_bytes(saved, "big")
    if saved is None and mark:
        store.put("join", mark.to_bytes(4, "big"))
    if following + JOINS // 2 > mark:
        board.set_join_mark(following + JOINS)


class Launch:
    """Starts nodes of the image `build` on `board`; `configs` hold their configurations.

    `record` is the boot record, `is_on_trial` tells whether it has this image on trial. `watchdog`
    is fed where there is one. `starter` tells afterwards what became of the configurations.
    """

    def __init__(
        self,
        board: "Board",
        build: "Build",
        configs: "Files",
        record: "Record",
        is_on_trial: bool,
        watchdog: "Feeder | None",
    ) -> None:
        self.starter = Starter(board, build, configs)
        self._board = board
        self._build = build
        self._record = record
        self._is_on_trial = is_on_trial
        self._watchdog = watchdog

    def node(self, device: int, root: bytes, open_store: "Callable[[], FlashStore]") -> "Node":
        """Return the node of address `device`, started, on the store that `open_store` opens.

        ValueError: the image is on trial, and knows safe mode only.
        """
        try:
            return self._on_flash(device, root, open_store())
        except OSError as error:
            self._board.show_error("flash", error)
        gc.collect()
        from ..storage.ram_files import RamFiles

        return self._in_ram(device, root, FlashStore(RamFiles()))

    def _on_flash(self, device: int, root: bytes, store: FlashStore) -> "Node":
        board, starter = self._board, self.starter
        if store.damaged:
            # What was lost may have been the counters of the session: its nonces must not come
            # again.
            store.delete("session")
        secure_joins(board, store)
        set_floor(board, self._build.built, store)
        node = starter.node(device, root, store)
        if starter.is_safe and self._is_on_trial:
            # Its tries run out, and the image before comes back.
            raise ValueError("an image that knows safe mode only")
        updates = Updates(node, self._record, SLOTS, self._build.vendor_keys, board.flash_free)
        node.updates = updates
        node.parts.append(updates)
        if not starter.is_safe:
            node.when_proven.append(updates.confirm)
            if store.retained(_STARTS):
                store.retain(_STARTS, b"")
        self._start(node, root)
        if starter.refused:
            node.report(codes.CONFIG_REFUSED)
        if starter.is_safe:
            self._begin_safe_mode(node)
        updates.tell()
        return node

    def _in_ram(self, device: int, root: bytes, store: FlashStore) -> "Node":
        try:
            secure_joins(self._board, store)
            is_silent = False
        except OSError:
            # The next start might use the same numbers.
            is_silent = True
        set_floor(self._board, self._build.built, store)
        node = self.starter.safe(device, root, store, is_silent)
        self._start(node, root)
        self._begin_safe_mode(node, FLASH_FAILED)
        return node

    def _begin_safe_mode(self, node: "Node", detail: "int | None" = None) -> None:
        from .safe_mode import SafeMode

        starts = int.from_bytes(node.store.retained(_STARTS) or b"", "big")
        node.store.retain(_STARTS, bytes((min(starts + 1, _MOST_STARTS),)))
        node.parts.append(SafeMode(node, starts))
        node.report(codes.SAFE_MODE, None, detail)

    def _start(self, node: "Node", root: bytes) -> None:
        build, board = self._build, self._board
        if build.production and build.service_pin is not None:
            jumper = board.pin_in(build.service_pin, "up", True)
            node.parts.append(Console(board, jumper, keys.console_key(root), node.console_answered))
        if self._watchdog is not None:
            node.parts.append(Watchdog(self._watchdog, node.supervisor))
        node.start(board.reset_cause())
