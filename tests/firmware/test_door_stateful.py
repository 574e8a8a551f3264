"""Whatever happens to a door, its strike is released only for a reason that stands in the log."""

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import booleans, integers, sampled_from

from doors import ALICE, GUEST, OFFICE, STRANGER, closed_door, command, frame
from linli_firmware.actions import Output
from linli_firmware.store import MemoryStore
from linli_protocol import codes
from rig import MONDAY

RELEASE_MS = 5000
REASONS = (codes.GRANTED, codes.EXIT_REQUESTED, codes.REMOTE_RELEASED)


class DoorMachine(RuleBasedStateMachine):
    """A model that knows when the strike must fall, and that each release was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.door = closed_door(store=self.store)
        self.release_ends = 0
        self.exit_pressed = False
        self.commands = 0
        self.executed: set[int] = set()
        self.releases = 0
        self.seen = len(self.door.actions)

    def _account(self) -> None:
        for action in self.door.actions[self.seen :]:
            if isinstance(action, Output) and action.name == "strike" and action.value:
                self.releases += 1
        self.seen = len(self.door.actions)

    def _released(self) -> None:
        self.release_ends = max(self.release_ends, self.door.now + RELEASE_MS)

    @rule(person=sampled_from((ALICE, GUEST, OFFICE, STRANGER)))
    def show_card(self, person: int) -> None:
        clock = self.door.clock
        unix_s = clock.unix(self.door.now)
        local_s = clock.local(clock.unix(self.door.now))
        self.door.do("read_card", frame(person), 34)
        office = local_s // 86400 % 7 not in (2, 3) and 480 <= local_s % 86400 // 60 < 1080
        if (
            person == ALICE
            or (person == GUEST and unix_s < MONDAY + 86400)
            or (person == OFFICE and office)
        ):
            self._released()

    @rule(held_ms=integers(0, 200))
    def press_exit(self, held_ms: int) -> None:
        self.door.do("set_exit_button", True)
        self.wait(min(held_ms, 49))
        if held_ms >= 50:
            self.wait(50 - min(held_ms, 49))
            self._released()
            self._account()
        self.door.do("set_exit_button", False)
        self.wait(100)

    @rule(expired=booleans(), repeated=booleans())
    def command_release(self, expired: bool, repeated: bool) -> None:
        if not repeated or not self.commands:
            self.commands += 1
        status = command(self.door, self.commands, codes.RELEASE_DOOR, None, -1 if expired else 60)
        if self.commands in self.executed:
            assert status == codes.REPEATED
        elif expired:
            assert status == codes.EXPIRED
        else:
            assert status == codes.DONE
            self.executed.add(self.commands)
            self._released()

    @rule(is_open=booleans())
    def move_door(self, is_open: bool) -> None:
        self.door.do("set_contact", is_open)

    @rule(online=booleans())
    def move_uplink(self, online: bool) -> None:
        if online:
            self.door.connect()
        else:
            self.door.online = False

    @rule(ms=sampled_from((1, 99, 1000, 4999, 5000, 60000, 8 * 3600000)))
    def wait(self, ms: int) -> None:
        self.door.run(ms)

    @rule()
    def restart(self) -> None:
        self._account()
        now = self.door.now
        unix_s = self.door.clock.unix(now)
        self.door = closed_door(store=self.store, now=now, unix_s=unix_s)
        self.release_ends = 0
        self.seen = len(self.door.actions)

    @invariant()
    def the_strike_is_where_it_must_be(self) -> None:
        assert self.door.levels["strike"] == (1 if self.door.now < self.release_ends else 0)

    @invariant()
    def every_release_is_accounted_for(self) -> None:
        self._account()
        log = [self.store.read("events", index) for index in range(self.store.end("events"))]
        assert self.releases == sum(record[14] in REASONS for record in log)


TestDoor = DoorMachine.TestCase
TestDoor.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
