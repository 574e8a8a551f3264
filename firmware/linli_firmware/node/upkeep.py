"""What can wait for a quiet moment: tidying the store, the chip's clock, the memory's garbage.

Who is let in at the console gets diagnostics for an ASK.
"""

import gc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .node import Node
    from .types import Board

PERIOD_MS = 1_000
# Tidying erases flash, which stops everything for some 50 ms a block: never just after an input.
QUIET_MS = 3_000
# The chip's clock is set when it is off by more than this.
CLOCK_STEP_S = 2
# An image and a configuration are good ones when they have kept the node going for so long, and it
# has heard the hub.
PROVEN_MS = 60_000
# Who has not heard the hub for so long starts anew: a radio may be deaf without knowing it, or an
# image on trial not know how to reach it. Longer than from one daily report to the next.
DEAF_MS = 90_000_000
ASK = "?"


class Upkeep:
    """The part of a node that keeps house."""

    name = "upkeep"
    vital = False
    period_ms = PERIOD_MS

    def __init__(self, node: "Node", board: "Board") -> None:
        self._node = node
        self._board = board

    def restart(self, now: int) -> None:
        """Have nothing to mend."""

    def poll(self, now: int) -> None:
        """Do what is due."""
        node = self._node
        if now - node.inbox.busy_at >= QUIET_MS:
            node.store.tidy()
            gc.collect()
        is_heard = node.core.device.link.heard_on is not None
        if node.when_proven and now >= PROVEN_MS and is_heard and node.supervisor.is_well(now):
            # It stays when it fails, and is tried again.
            node.when_proven[-1]()
            node.when_proven.pop()
        for each in node.transports:
            if now - each.bearer.heard_at < DEAF_MS:
                break
        else:
            node.end_when_quiet("deaf", now)
        unix_s = node.clock.unix(now)
        if unix_s is not None:
            known_s = self._board.unix_s()
            if known_s is None or abs(known_s - unix_s) >= CLOCK_STEP_S:
                self._board.set_unix_s(unix_s)
        while self._board.console_open:
            key = self._board.read_key()
            if not key:
                break
            if key == ASK:
                from .diagnostics import show

                show(node, self._board, now)

    def next_deadline(self) -> "int | None":
        """Return None: the period says when."""
        return None
