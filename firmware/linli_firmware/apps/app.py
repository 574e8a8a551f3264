"""What every device's logic shares: settings, deadlines, actions, commands, events, log requests.

The device around an app calls `poll` once at the start, after every input, and when
`next_deadline` has come. An input made late first does the work that fell due before it, in order
and with the times at which it fell due; so polling late, or more often than needed, changes nothing
but the moment at which actions are handed out.
"""

from linli_protocol import codes, messages

from ..actions import Decommission, Rejoin, Send
from ..commands import CommandGate
from ..event_log import LOG, RETRY_MS, EventLog
from ..log_transfer import TOKEN, LogTransfer
from ..settings import merged
from ..timers import Timers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from linli_protocol.types import Fields

    from ..clock import Clock
    from ..types import Action, Config, Operation, Store

# Settings of every app: the address on the wire; the events kept; the urgent ones are the app's.
DEFAULTS = {"device": 0, "events_kept": 1024}

_RETRY_EVENTS = 0
# Apps number their own timers from here.
FIRST_TIMER = 1


class App:
    """The frame around an app. ValueError names a key of `config` that `defaults` does not have.

    A subclass sets `_due` (timer number to method of the deadline), `_operations` (operation code
    to method of argument, command id and now that returns a result status) and has `_begin(now)`,
    which runs once, before anything else.
    """

    def __init__(
        self,
        defaults: "Config",
        config: "Config",
        store: "Store",
        clock: "Clock",
        urgent: "tuple[int, ...]" = (),
    ) -> None:
        self.config = merged(defaults, config)
        self._store = store
        self._clock = clock
        self._actions: "list[Action]" = []
        self._timers = Timers()
        self._gate = CommandGate(store, clock)
        self.events = EventLog(store, self._actions, self.config["events_kept"], urgent)
        self._logs = {codes.EVENT_LOG: LOG}
        self._transfer = LogTransfer(store, self._actions, self._logs)
        self._due: "dict[int, Callable[[int], None]]" = {_RETRY_EVENTS: self._retry_events}
        self._operations: "dict[int, Operation]" = {
            codes.REKEY: self._rekey,
            codes.REPORT_HEALTH: self._report_health,
        }
        self._begun = False
        self._began_at = 0
        # Of the device's own battery, where there is one and it is measured.
        self._battery_mv: "int | None" = None
        # What transmissions are timed from: those missed in a sleep are not made up for.
        self._now = 0

    def poll(self, now: int) -> "list[Action]":
        """Do the work due by `now` and return the actions queued since the last poll, in order."""
        self._advance(now)
        self.events.forward()
        actions = self._actions[:]
        self._actions.clear()
        return actions

    def next_deadline(self) -> "int | None":
        """Return the monotonic ms at which `poll` is to be called next, None for never."""
        return self._timers.next() if self._begun else 0

    def on_message(self, kind: int, fields: "Fields", now: int) -> None:
        """Take a decoded message from the hub; kinds that the app has no use for are ignored."""
        self._advance(now)
        if kind == messages.COMMAND:
            self._command(fields, now)
        elif kind == messages.DECOMMISSION:
            self._decommission(fields, now)
        elif kind == messages.LOG_REQUEST:
            self._transfer.request(fields)

    def on_outcome(self, token: int, delivered: bool, now: int) -> None:
        """Take what became of the Send with `token`."""
        self._advance(now)
        if token == TOKEN:
            self._transfer.on_outcome(delivered)
        elif self.events.on_outcome(token, delivered) and not self._timers.running(_RETRY_EVENTS):
            self._timers.set(_RETRY_EVENTS, now + RETRY_MS)

    def on_time(self, now: int) -> None:
        """Take note that the clock was set."""
        self._advance(now)

    def _advance(self, now: int) -> None:
        self._now = now
        if not self._begun:
            self._begun = True
            self._began_at = now
            self._begin(now)
        while True:
            due = self._timers.take(now)
            if due is None:
                return
            self._due[due[0]](due[1])

    def _begin(self, now: int) -> None:
        raise NotImplementedError

    def _unix(self, now: int) -> int:
        return self._clock.unix(now) or 0

    def _retry_events(self, at: int) -> None:
        self.events.retry()

    def _command(self, fields: "Fields", now: int) -> None:
        operation = self._operations.get(fields["operation"])
        if operation is None:
            self._result(fields["id"], codes.UNKNOWN)
            return
        status = self._gate.admit(fields, now)
        if status == codes.DONE:
            status = operation(fields.get("argument"), fields["id"], now)
        self._result(fields["id"], status)
        if status == codes.DONE and fields["operation"] == codes.REKEY:
            self._actions.append(Rejoin())

    def _rekey(self, argument: "int | None", number: "int | None", now: int) -> int:
        return codes.DONE

    def _report_health(self, argument: "int | None", number: "int | None", now: int) -> int:
        self._send_health()
        return codes.DONE

    def _send_health(self) -> None:
        """Send what the app knows of the device's health; the device and its node add the rest."""
        fields = {
            "time": self._unix(self._now),
            "uptime_s": (self._now - self._began_at) // 1000,
            "battery_mv": self._battery_mv,
        }
        self._actions.append(Send(messages.HEALTH, fields))

    def _decommission(self, fields: "Fields", now: int) -> None:
        if fields["device"] != self.config["device"]:
            self._result(fields["id"], codes.FAILED)
            return
        status = self._gate.admit(fields, now)
        self._result(fields["id"], status)
        if status == codes.DONE:
            self._actions.append(Decommission())

    def _result(self, number: int, status: int) -> None:
        self._actions.append(Send(messages.RESULT, {"id": number, "status": status}))
