"""The protocol core with a memory: nothing leaves the hub before what it rests on is durable.

A device's packets wait for whatever was remembered of that device last, and for nothing else: a
disk that is slow with other devices' readings does not hold up a door. Sans-IO but for the journal.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from linli_protocol import messages, packet
from linli_protocol.bearer import Bearer
from linli_protocol.types import Fields, Random

from ..core import Hub
from ..journal import Journal
from ..log import Record
from ..ways import Reply

# What is given up first for want of room; devices keep it meanwhile.
_CAN_WAIT = frozenset(
    {
        messages.READING,
        messages.READINGS,
        messages.MEASUREMENT,
        messages.HEALTH,
        messages.LOG_CHUNK,
    }
)

Keep = Callable[[int, int, Fields, int], Iterable[Record]]
"""What to remember of a message: (device, message kind, fields, Unix µs) to records."""

Seen = Callable[[int, int, Fields, int], None]
"""Hears of a message at once, before it is durable; arguments as for `Keep`."""


class Clock(Protocol):
    """The hub's clock."""

    def now_ms(self) -> int:
        """Return the ms since some moment; never goes back."""
        ...

    def unix_us(self) -> int:
        """Return Unix time in µs."""
        ...

    def utc_offset_min(self) -> int:
        """Return how far local time is ahead of UTC now, in minutes."""
        ...


class _Held(NamedTuple):
    position: int
    number: int
    device: int
    way: str
    packet: bytes


class Engine:
    """Serves devices whose keys come from `community_key` (16 bytes).

    `keep` says what of a message goes into the log; `seen` hears of it at once. `term`, which the
    journal has by now, goes with what must be from the hub that serves. Packets are counted
    by their way; so are those that could not be sent, or not be taken for want of room: links
    repeat them. While `in_reserve` is set, what can wait in its device is not taken.
    """

    def __init__(
        self,
        community_key: bytes,
        journal: Journal,
        clock: Clock,
        random: Random,
        keep: Keep,
        seen: Seen = lambda device, kind, fields, time_us: None,
        term: int = 0,
    ) -> None:
        self.received: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.undeliverable = 0
        self.deferred = 0
        self.in_reserve = False
        self.core = Hub(community_key, journal, random, self._time, self._hear, term=term)
        self._journal = journal
        self._clock = clock
        self._keep = keep
        self._seen = seen
        # A heap, in the order of positions; of one position, in that of their coming.
        self._held: list[_Held] = []
        self._held_before = 0
        self._rests_on: dict[int, int] = {}
        self._rests_on_all = journal.position
        self._routes: dict[tuple[int, str], Reply] = {}
        self._fixed: dict[tuple[int, str], Reply] = {}

    def enrol(self, device: int, bearers: Sequence[Bearer], generation: int = 0) -> None:
        """Make a device known, reachable over `bearers`; see `Hub.enrol`."""
        self.core.enrol(device, bearers, generation)

    def retire(self, device: int) -> None:
        """Know a device no more: see `Hub.retire`."""
        self.core.retire(device)
        for routes in (self._routes, self._fixed):
            for route in [route for route in routes if route[0] == device]:
                del routes[route]

    def fix_route(self, device: int, way: str, reply: Reply) -> None:
        """Say how to reach a device on a way until an authentic packet tells."""
        self._fixed[device, way] = reply

    def receive(self, way: str, data: bytes, reply: Reply) -> bool:
        """Take a packet; see `ways.Receiver`."""
        self.received[way] += 1
        header = packet.parse_header(data)
        if header is None:
            return False
        if self._must_wait(header.kind):
            # Unopened, it proves nothing.
            self.deferred += 1
            return False
        # That a message is known and what it said are durable both or neither.
        journal, device = self._journal, header.device
        with journal.together(copied=header.kind not in _CAN_WAIT):
            before = journal.position
            authentic = self.core.receive(way, data, self._clock.now_ms())
            if journal.position != before:
                self._rests_on[device] = journal.position
        if authentic:
            self._routes[device, way] = reply
        return authentic

    def command(
        self, device: int, operation: int, lifetime_s: int, argument: int | None = None
    ) -> int:
        """Send a command; see `Hub.command`. KeyError: no such device is enrolled."""
        with self._remembering(device):
            return self.core.command(device, operation, self._clock.now_ms(), lifetime_s, argument)

    def decommission(self, device: int, lifetime_s: int) -> int:
        """Have a device destroy what it holds; see `Hub.decommission`."""
        with self._remembering(device):
            return self.core.decommission(device, self._clock.now_ms(), lifetime_s)

    def set_alarm_state(self, device: int, incident: int, state: int) -> None:
        """Tell a device what the centre has done about its alarm; KeyError: it has none such."""
        with self._remembering(device):
            self.core.set_alarm_state(device, incident, state, self._clock.now_ms())

    def offer_list(self, device: int) -> None:
        """Send a door the next step of its access list; see `Hub.offer_list`."""
        with self._remembering(device):
            self.core.offer_list(device, self._clock.now_ms())

    def forget_incidents(self, device: int) -> None:
        """Know nothing of a device's alarms any more; see `Hub.forget_incidents`."""
        with self._remembering(device):
            self.core.forget_incidents(device)

    def known_incidents(self, device: int) -> set[int]:
        """Return the numbers of a device's alarms that are known."""
        peer = self.core.peers.get(device)
        return {each.number for each in peer.incidents} if peer is not None else set()

    def hold(self, device: int) -> None:
        """Have a device's packets wait for all that is remembered by now."""
        self._rests_on[device] = self._journal.position

    def turn(self) -> None:
        """Do what is due, and send what may leave."""
        self.release()
        before = self._journal.position
        packets = self.core.poll(self._clock.now_ms())
        # Counters that were reserved for one of these packets are not told apart.
        anew = self._journal.position if self._journal.position != before else 0
        for device, way, data in packets:
            position = max(self._rests_on.get(device, self._rests_on_all), anew)
            if position <= self._journal.durable:
                self._send(device, way, data)
            else:
                self._held_before += 1
                heapq.heappush(self._held, _Held(position, self._held_before, device, way, data))

    def release(self) -> None:
        """Send what has waited for what is durable now."""
        durable = self._journal.durable
        while self._held and self._held[0].position <= durable:
            held = heapq.heappop(self._held)
            self._send(held.device, held.way, held.packet)

    def next_deadline(self) -> int | None:
        """Return when `turn` must be called next, in the clock's ms; None: after some input."""
        return self.core.next_deadline()

    def _must_wait(self, kind: int) -> bool:
        """Tell whether there is no room for a message of `kind`, which its device sends again."""
        if self._journal.full:
            return kind != messages.ALARM
        return self.in_reserve and kind in _CAN_WAIT

    @contextmanager
    def _remembering(self, device: int) -> Iterator[None]:
        """Have the device's packets wait for what is remembered meanwhile."""
        before = self._journal.position
        yield
        if self._journal.position != before:
            self._rests_on[device] = self._journal.position

    def _send(self, device: int, way: str, data: bytes) -> None:
        route = self._routes.get((device, way)) or self._fixed.get((device, way))
        if route is not None and route(data):
            self.sent[way] += 1
        else:
            self.undeliverable += 1

    def _time(self, now: int) -> tuple[int, int]:
        return self._clock.unix_us() // 1_000_000, self._clock.utc_offset_min()

    def _hear(self, device: int, kind: int, fields: Fields, now: int) -> None:
        time_us = self._clock.unix_us()
        for record in self._keep(device, kind, fields, time_us):
            self._journal.add(record)
        self._seen(device, kind, fields, time_us)
