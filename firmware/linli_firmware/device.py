"""One whole device without its wires: app, link, session and clock on one store.

The owner hands in packets and the app's inputs, and after each of them, and at `next_deadline()`,
calls `poll`. Everything takes `now`, a monotonic count of milliseconds.
"""

from linli_protocol import messages
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.link import Link

from .actions import Decommission, Output, Rejoin, Send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from linli_protocol.bearer import Bearer
    from linli_protocol.types import Fields, Random

    from .apps.app import App
    from .clock import Clock
    from .types import Action, Store

# The result of a decommissioning has this long to reach the hub before everything is wiped.
FAREWELL_MS = 30_000

# A time message that differs by more is not believed: it may have been held back. A join brings
# the time with fresh nonces.
TIME_STEP_S = 120

_BOOTS = "boots"
_WIPE = "wipe"


class Device:
    """A device with address `device` and the 16-byte key `root`, doing what `app` decides.

    `identity` gives "device", "device_kind", "firmware" (version as major << 16 | minor << 8 |
    patch); `bearers` come in order of preference; `config` may hold settings of the link ("link")
    and of the association ("association").
    """

    def __init__(
        self,
        identity: "dict[str, int]",
        root: bytes,
        app: "App",
        clock: "Clock",
        bearers: "Sequence[Bearer]",
        store: "Store",
        random: "Random",
        config: "dict[str, dict[str, int]] | None" = None,
    ) -> None:
        config = config or {}
        self.app = app
        self.clock = clock
        self.decommissioned = False
        self._identity = identity
        self._store = store
        self._association = DeviceAssociation(
            root,
            identity["device"],
            identity["device_kind"],
            store,
            random,
            self._on_join,
            config.get("association"),
        )
        self.link = Link(self._association, bearers, store, random, "", config.get("link"))
        self._reset_cause = 0
        self._boots = 0
        self._joined = False
        self._wipe_at: "int | None" = None

    def start(self, now: int, reset_cause: int) -> None:
        """Begin operation after a reset with a cause of linli_protocol.codes."""
        saved = self._store.get(_BOOTS)
        self._boots = 1 + (int.from_bytes(saved, "big") if saved else 0)
        self._store.put(_BOOTS, self._boots.to_bytes(4, "big"))
        self._reset_cause = reset_cause
        if self._store.get(_WIPE) is not None:
            # Power failed between the promise and its fulfilment.
            self._wipe()
        self.link.start(now)

    def receive(self, bearer: int, packet: bytes, now: int) -> None:
        """Take a packet that arrived on bearer number `bearer`."""
        if self.decommissioned:
            return
        delivery = self.link.receive(bearer, packet, now)
        if self._joined:
            self._joined = False
            self._greet(now)
        if delivery is not None:
            self.deliver(delivery.kind, delivery.fields, now)

    def deliver(self, kind: int, fields: "Fields", now: int) -> None:
        """Act on a message from the hub."""
        if kind == messages.TIME:
            self._take_time(fields, now)
        else:
            self.app.on_message(kind, fields, now)

    def send(self, action: Send, now: int) -> None:
        """Hand a message of the app's to the link."""
        if action.kind == messages.HEALTH:
            action.fields["refused"] = self._association.refused.total()
            action.fields["dropped"] = sum(self.link.dropped)
        self.link.send(action.kind, action.fields, now, action.priority, action.token)

    def conclude(self, token: int, delivered: bool, now: int) -> None:
        """Tell the app what became of a message it sent with `token`."""
        self.app.on_outcome(token, delivered, now)

    def poll(self, now: int) -> "tuple[list[Output], list[tuple[int, bytes]]]":
        """Do what is due; return (list of Output, list of (bearer number, packet))."""
        outputs: "list[Output]" = []
        packets: "list[tuple[int, bytes]]" = []
        if self.decommissioned:
            return outputs, packets
        if self._wipe_at is not None and now >= self._wipe_at:
            self._wipe()
            return outputs, packets
        busy = True
        while busy:
            for action in self.app.poll(now):
                self._perform(action, outputs, now)
            due = self.link.next_deadline()
            if due is None or due > now:
                break
            packets += self.link.poll(now)
            outcomes = self.link.take_outcomes()
            for outcome in outcomes:
                self.conclude(outcome.token, outcome.delivered, now)
            busy = bool(outcomes)
        return outputs, packets

    def next_deadline(self) -> "int | None":
        """Return when `poll` must be called next, in ms; None: only an input can change that."""
        if self.decommissioned:
            return None
        deadline = self._wipe_at
        for other in (self.app.next_deadline(), self.link.next_deadline()):
            if other is not None and (deadline is None or other < deadline):
                deadline = other
        return deadline

    def _perform(self, action: "Action", outputs: "list[Output]", now: int) -> None:
        if isinstance(action, Send):
            self.send(action, now)
        elif isinstance(action, Output):
            outputs.append(action)
        elif isinstance(action, Rejoin):
            self.link.rejoin(now)
        elif isinstance(action, Decommission):
            self._store.put(_WIPE, b"")
            self._wipe_at = now + FAREWELL_MS

    def _wipe(self) -> None:
        self._store.wipe()
        self.decommissioned = True

    def _take_time(self, fields: "Fields", now: int) -> None:
        known = self.clock.unix(now)
        if known is not None and abs(fields["time"] - known) > TIME_STEP_S:
            self.link.rejoin(now)
            return
        self.clock.set(
            fields["time"],
            now,
            fields["utc_offset_min"],
            fields.get("next_change"),
            fields.get("next_offset_min", 0),
        )
        self.app.on_time(now)

    def _on_join(self, unix_s: int, utc_offset_min: int, now: int) -> None:
        self.clock.set(unix_s, now, utc_offset_min)
        self._joined = True

    def _greet(self, now: int) -> None:
        greeting = {
            "device_kind": self._identity["device_kind"],
            "firmware": self._identity["firmware"],
            "boots": self._boots,
            "reset_cause": self._reset_cause,
            "list_version": getattr(self.app, "list_version", None),
        }
        self.send(Send(messages.HELLO, greeting), now)
        self.app.on_time(now)
