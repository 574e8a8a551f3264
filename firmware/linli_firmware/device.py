"""One whole device without its wires: app, link, session and clock on one store.

The owner hands in packets and the app's inputs, and after each of them, and at `next_deadline()`,
calls `poll`. Everything takes `now`, a monotonic count of milliseconds.
"""

import struct

from linli_protocol import codes, messages, refusals
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.link import Link

from .actions import Decommission, Output, Rejoin, Send
from .spread import spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from linli_protocol.bearer import Bearer
    from linli_protocol.types import Fields, Random

    from .apps.app import App
    from .clock import Clock
    from .types import Action, Store, Updates

# The result of a decommissioning has this long to reach the hub before everything is wiped.
FAREWELL_MS = 30_000

# Whoever holds packets back makes the clock late, by no more than this: so long may the answer to a
# join take and time messages move the clock since, all in all. A join brings the time with fresh
# nonces.
LATE_MAX_MS = 120_000

# A hub does not know who says nothing on a new connection, and sends it away after a while. Devices
# say hello within this time, each at its own moment.
GREETING_MS = 5_000

# Why a step of an access list was refused, beside the reasons that apps.credentials has.
_STEP_SUPERSEDED = 7

_BOOTS = "boots"
_WIPE = "wipe"
_ZONE = "zone"
_ASLEEP = "sleep"


class Device:
    """A device with address `device` and the 16-byte key `root`, doing what `app` decides.

    `identity` gives "device", "device_kind", "firmware" (version as major << 16 | minor << 8 |
    patch); `bearers` come in order of preference; `config` may hold settings of the link ("link")
    and of the association ("association"). `updates` takes UPDATE messages, the app when there is
    none. `wipe` is called once the device is `decommissioned`; the store's own is the default.
    `add_health` adds to the fields of a HEALTH message what only the device's owner knows.

    Wear: 4 bytes at each start, 8 bytes when the local offset or its next change does.
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
        updates: "Updates | None" = None,
        wipe: "Callable[[], None] | None" = None,
        add_health: "Callable[[Fields], None] | None" = None,
    ) -> None:
        config = config or {}
        self.app = app
        self.clock = clock
        self.decommissioned = False
        self._identity = identity
        self._store = store
        self._updates = updates
        self._wipe = wipe or store.wipe
        self._add_health = add_health
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
        self._farewell_until: "int | None" = None
        self._is_suspended = False
        # On which bearer there is a new connection, since when, and when to say hello there.
        self._connection: "tuple[int, int, int] | None" = None
        # How far time messages have moved the clock since the join, less what its answer took;
        # None before a join.
        self._moved_ms: "int | None" = None

    def start(self, now: int, reset_cause: int, unix_s: "int | None" = None) -> None:
        """Begin operation after a reset with a cause of linli_protocol.codes.

        `unix_s` is the time by the board's clock, None when that does not know it.
        """
        store = self._store
        if store.get(_WIPE) is not None:
            # Power failed between the promise and its fulfilment.
            self._end()
            return
        zone = store.get(_ZONE)
        if zone is not None:
            self.clock.restore(zone)
        if unix_s is not None:
            self.clock.set_time(unix_s, now)
        self._reset_cause = reset_cause
        saved = store.get(_BOOTS)
        self._boots = int.from_bytes(saved, "big") if saved else 0
        if not self._wake(now, reset_cause):
            self._boots += 1
            store.put(_BOOTS, self._boots.to_bytes(4, "big"))
        self.link.start(now)

    def suspend(self, now: int) -> bool:
        """Prepare for deep sleep, after which the session goes on without a join.

        Whatever else is called before the restart undoes it. False: there is no session that could
        go on, or a join is due.
        """
        unix_s = self.clock.unix(now)
        state = None if unix_s is None else self._association.suspend(unix_s, now)
        if state is not None and self._moved_ms is not None:
            # Rounded to the late side: retained memory has one byte left.
            self._store.retain(_ASLEEP, struct.pack("b", self._moved_ms // 1000) + state)
            self._is_suspended = True
        return self._is_suspended

    def report(
        self, code: int, now: int, subject: "int | None" = None, detail: "int | None" = None
    ) -> None:
        """Log an event that is not the app's; it is sent like the app's."""
        self.app.events.append(code, self.clock.unix(now) or 0, subject, detail)

    def receive(self, bearer: int, packet: bytes, now: int) -> None:
        """Take a packet that arrived on bearer number `bearer`."""
        if self.decommissioned:
            return
        self._stay_awake()
        delivery = self.link.receive(bearer, packet, now)
        if self._joined:
            self._joined = False
            self._greet(now)
        if delivery is not None:
            self.deliver(delivery.kind, delivery.fields, now)

    def deliver(self, kind: int, fields: "Fields", now: int) -> None:
        """Act on a message from the hub, unless another hub has taken its place."""
        if "term" in messages.CATALOGUE[kind] and not self._association.fence.admits(fields):
            self._refuse(kind, fields, now)
        elif kind == messages.TIME:
            self._take_time(fields, now)
        elif kind == messages.UPDATE and self._updates is not None:
            self._updates.on_update(fields, now)
        else:
            self.app.on_message(kind, fields, now)

    def send(self, action: Send, now: int) -> None:
        """Hand a message of the app's to the link."""
        if action.kind == messages.HEALTH:
            action.fields["refused"] = self._association.refused.total()
            action.fields["dropped"] = sum(self.link.dropped)
            if self._add_health is not None:
                self._add_health(action.fields)
        self.link.send(action.kind, action.fields, now, action.priority, action.token)

    def conclude(self, token: int, delivered: bool, now: int) -> None:
        """Tell the app what became of a message it sent with `token`."""
        self.app.on_outcome(token, delivered, now)

    def connected(self, bearer: int, now: int) -> None:
        """Take note that bearer number `bearer` has a connection by which the hub is to know it."""
        wait_ms = spread(self._identity["device"], GREETING_MS) + 1
        self._connection = bearer, now, now + wait_ms

    def poll(self, now: int) -> "tuple[list[Output], list[tuple[int, bytes]]]":
        """Do what is due; return (list of Output, list of (bearer number, packet))."""
        outputs: "list[Output]" = []
        packets: "list[tuple[int, bytes]]" = []
        if self.decommissioned:
            return outputs, packets
        if self._farewell_until is not None and now >= self._farewell_until:
            self._end()
            return outputs, packets
        self._stay_awake()
        self._mind_connection(now)
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
        deadline = self._farewell_until
        greet_at = None if self._connection is None else self._connection[2]
        for other in (greet_at, self.app.next_deadline(), self.link.next_deadline()):
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
            self._farewell_until = now + FAREWELL_MS

    def _end(self) -> None:
        self.decommissioned = True
        self._wipe()

    def _wake(self, now: int, reset_cause: int) -> bool:
        """Tell whether this start goes on with the session that `suspend` has kept."""
        state = self._store.retained(_ASLEEP)
        if not state:
            return False
        # Used once: going back to counters of long ago would repeat nonces.
        self._store.retain(_ASLEEP, b"")
        unix_s = self.clock.unix(now)
        if unix_s is None or reset_cause != codes.DEEP_SLEEP:
            return False
        if not self._association.resume(state[1:], unix_s, now):
            return False
        self._moved_ms = struct.unpack("b", state[:1])[0] * 1000
        return True

    def _stay_awake(self) -> None:
        if self._is_suspended:
            self._is_suspended = False
            self._store.retain(_ASLEEP, b"")

    def _refuse(self, kind: int, fields: "Fields", now: int) -> None:
        if kind == messages.TIME:
            self._association.refused.note(refusals.SUPERSEDED)
        elif kind == messages.ACCESS_LIST:
            version = getattr(self.app, "list_version", None)
            if version is not None:
                self.report(codes.LIST_REFUSED, now, version, _STEP_SUPERSEDED)
        else:
            term = self._association.fence.term
            result = {"id": fields["id"], "status": codes.SUPERSEDED, "detail": term}
            self.send(Send(messages.RESULT, result), now)

    def _take_time(self, fields: "Fields", now: int) -> None:
        # Without a join since the start there is nothing to hold the message against.
        if self._moved_ms is None:
            self.link.rejoin(now)
            return
        moved_ms = self._moved_ms + self.clock.when(fields["time"]) - now
        if abs(moved_ms) > LATE_MAX_MS:
            self.link.rejoin(now)
            return
        self._moved_ms = moved_ms
        self.clock.set(
            fields["time"],
            now,
            fields["utc_offset_min"],
            fields.get("next_change"),
            fields.get("next_offset_min", 0),
        )
        self._keep_zone()
        self.app.on_time(now)

    def _on_join(self, unix_s: int, utc_offset_min: int, now: int) -> None:
        if self.clock.local(unix_s) - unix_s == utc_offset_min * 60:
            # A next change that is known stays known.
            self.clock.set_time(unix_s, now)
        else:
            self.clock.set(unix_s, now, utc_offset_min)
        self._moved_ms = -self._association.answered_in_ms
        self._keep_zone()
        self._joined = True

    def _keep_zone(self) -> None:
        zone = self.clock.zone()
        if self._store.get(_ZONE) != zone:
            self._store.put(_ZONE, zone)

    def _mind_connection(self, now: int) -> None:
        if self._connection is None or now < self._connection[2]:
            return
        bearer, since, _ = self._connection
        self._connection = None
        # A hub that has answered knows the connection; a join is followed by a hello anyway.
        if self.link.bearers[bearer].heard_at < since and self._association.current is not None:
            self._say_hello(now)

    def _greet(self, now: int) -> None:
        self._say_hello(now)
        self.app.on_time(now)

    def _say_hello(self, now: int) -> None:
        greeting = {
            "device_kind": self._identity["device_kind"],
            "firmware": self._identity["firmware"],
            "boots": self._boots,
            "reset_cause": self._reset_cause,
            "list_version": getattr(self.app, "list_version", None),
        }
        self.send(Send(messages.HELLO, greeting), now)
