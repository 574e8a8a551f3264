"""One device in operation: app, link and store, bearers and drivers, each a supervised task.

    wiring --inputs--> inbox --> core (app, session, link) --packets--> ways, one a bearer
       ^------------ outputs ------|         ^--- inbox <----packets------|

The node holds none of the device's logic: it builds the parts and keeps them going until the device
has been decommissioned or has to start anew.
"""

import asyncio

from linli_protocol import codes

from ..clock import Clock
from ..device import Device
from .core import Core
from .inbox import Inbox
from .monotonic import Monotonic
from .supervisor import Supervisor
from .upkeep import QUIET_MS, Upkeep
from .way import Way
from .wiring import Wiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from linli_protocol.types import Fields

    from ..bearers.transport import Transport
    from ..types import Config
    from .identity import Identity
    from .types import Board, Json, Kind, NodeStore, Part
    from .updates import Updates

# How often `run` looks whether the node is to end.
_LOOK_MS = 200


class Node:
    """The device `identity` of `kind` on `board`, reached over `transports`.

    `config` may hold "pins", "link" and "association"; `settings` are the app's. ValueError names
    what is wrong in them. `when_proven` are called once the node has run well for
    upkeep.PROVEN_MS and heard the hub; `updates` takes the device's UPDATE messages.
    """

    def __init__(
        self,
        board: "Board",
        identity: "Identity",
        kind: "Kind",
        config: "Json",
        settings: "Config",
        transports: "list[Transport]",
        store: "NodeStore",
    ) -> None:
        self.now = Monotonic(board.ticks_ms, board.ticks_diff)
        self.clock = Clock()
        self.inbox = Inbox()
        self.store = store
        self.reason_to_end = ""
        self.when_proven: "list[Callable[[], None]]" = []
        self.updates: "Updates | None" = None
        self.identity = identity
        self._board = board
        self._kind = kind
        self._config = config
        self._settings = settings
        self.transports = transports
        pins = config.get("pins", {})
        self.wiring = Wiring(kind, board, pins, self.inbox.port, self._driver_failed)
        self.core = Core(self._build_device, self.inbox, transports, self.wiring.outputs)
        self.supervisor = Supervisor(self.now, board.sleep_ms, self._failed)
        self.parts: "list[Part]" = [self.core, self.wiring]
        for number, each in enumerate(transports):
            self.parts.append(Way(number, each, self.inbox, self.core))
        self.parts.append(Upkeep(self, board))

    def start(self, reset_cause: int) -> None:
        """Begin operation after a reset with a cause of linli_protocol.codes; before `run`."""
        self.core.start(self.now(), reset_cause, self._board.unix_s())

    async def run(self) -> str:
        """Keep everything going; return why it ends: "decommissioned", "update", "deaf" …."""
        tasks = [asyncio.create_task(self.supervisor.keep(part)) for part in self.parts]
        while not self.reason_to_end:
            await self._board.sleep_ms(_LOOK_MS)
        for task in tasks:
            task.cancel()
        return self.reason_to_end

    def end_when_quiet(self, reason: str, now: int) -> None:
        """End for `reason`, but not while something happens, is due, or keeps a strike released."""
        strike = self.wiring.outputs.get("strike")
        due = self.core.device.app.next_deadline()
        is_due = due is not None and abs(due - now) < QUIET_MS
        if now - self.inbox.busy_at >= QUIET_MS and not is_due and not (strike and strike.value):
            self.reason_to_end = reason

    def on_update(self, fields: "Fields", now: int) -> None:
        """Take an UPDATE message."""
        if self.updates is not None:
            self.updates.on_update(fields, now)

    def report(self, code: int, subject: "int | None" = None, detail: "int | None" = None) -> None:
        """Log an event of the node's own; it is sent like the app's."""
        self.core.device.report(code, self.now(), subject, detail)

    def console_answered(self, was_right: bool, now: int) -> None:
        """Log that somebody opened the console, or tried to."""
        self.report(codes.CONSOLE_OPENED if was_right else codes.CONSOLE_REFUSED)

    def _build_device(self) -> Device:
        return Device(
            self.identity.fields(),
            self.identity.root,
            self._kind.App(self._settings, self.store, self.clock),
            self.clock,
            [each.bearer for each in self.transports],
            self.store,
            self._board.random,
            self._config,
            self,
            self._end,
            self._add_health,
        )

    def _add_health(self, fields: "Fields") -> None:
        heard_on = self.core.device.link.heard_on or 0
        fields["rssi_dbm"] = getattr(self.transports[heard_on], "rssi_dbm", None)
        fields["heap_free"] = self._board.heap_free()
        # What is 0 nearly always must not cost a heartbeat its place in one LoRa packet.
        fields["restarts"] = sum(self.supervisor.failures.values()) or None
        fields["damaged"] = self.store.damaged or None

    def _end(self) -> None:
        # Overwriting takes longer than a poll may, and closed files: the next start does it.
        self.reason_to_end = "decommissioned"

    def _driver_failed(self, error: Exception) -> None:
        self.supervisor.note(self.wiring, error)

    def _failed(self, part: "Part", error: Exception, now: int) -> None:
        count = self.supervisor.failures[part.name]
        # The first, second, fourth …: a part that always fails must not fill the log.
        if count & (count - 1) == 0:
            self._board.show_error(part.name, error)
            self.report(codes.TASK_RESTARTED, self.parts.index(part), count)
