"""Who owns line, power and old packets wins two minutes of a door's time, never more."""

from typing import Any

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import booleans, integers, sampled_from

from doors import ALICE, GUEST, frame
from linli_protocol import codes, messages
from test_time_attacks import BOUND_S, ROUNDING_S, UNIX_S, door

LATE_S = BOUND_S + ROUNDING_S
SPANS_S = (1, 30, 59, 61, 119, 121, 600, 3600, 86_400, 31 * 86_400)


class TimeMachine(RuleBasedStateMachine):
    """An attacker without keys, who may do anything to packets and power, in any order."""

    @initialize(until_s=sampled_from((60, 3600, 86_400)))
    def begin(self, until_s: int) -> None:
        self.until_s = UNIX_S + until_s
        self.site = door(self.until_s)
        self.commands = 0
        self.expiries: dict[int, int] = {}
        self.heard: list[bytes] = []
        self.emergency = False

    def _note(self) -> None:
        self.heard = [*self.heard, *self.site.up, *self.site.down][-400:]

    def _do(self, act: Any, *arguments: Any) -> None:
        """Let something happen, after which releases of the strike need an event that says why."""
        seen = self.site.store.end("events")
        self.site.outputs.clear()
        act(*arguments)
        self._note()
        reasons = []
        for index in range(seen, self.site.store.end("events")):
            record = self.site.store.read("events", index)
            assert record is not None
            reasons.append(record[14])
            subject = int.from_bytes(record[4:8], "big")
            if record[14] == codes.GRANTED and subject == GUEST:
                assert self.site.true_s < self.until_s + LATE_S, "a guest after their time"
            if record[14] in (codes.REMOTE_RELEASED, codes.EMERGENCY_RELEASED):
                assert self.site.true_s < self.expiries[subject] + LATE_S, "a command after its"
        if codes.EMERGENCY_RELEASED in reasons:
            self.emergency = True
        if codes.EMERGENCY_ENDED in reasons:
            self.emergency = False
        releases = [each for each in self.site.outputs if each.name == "strike" and each.value]
        grounds = {codes.GRANTED, codes.REMOTE_RELEASED, codes.EMERGENCY_RELEASED}
        assert not releases or grounds & set(reasons) or self.emergency, "opened for no reason"

    @rule(seconds=sampled_from(SPANS_S))
    def wait(self, seconds: int) -> None:
        self._do(self.site.run, seconds)

    @rule(held_s=sampled_from((0, 30, 60, 119, 180, 235)), count=sampled_from((1, 40)))
    def hold_times_back(self, held_s: int, count: int) -> None:
        """Forty of them bring the counter beyond what a restart skips."""
        for _ in range(count):
            self._do(self._send_time)
        self._do(self.site.run, held_s)
        self._pass(self.time)

    @rule(off_s=sampled_from((1, 3600)), keeps_time=booleans())
    def hold_a_time_back_over_a_power_cut(self, off_s: int, keeps_time: bool) -> None:
        self._do(self._send_time)
        self.cut_power(off_s, keeps_time)
        self._pass(self.time)

    def _send_time(self) -> None:
        self.time = self.site.send_time()

    @rule(
        lifetime_s=sampled_from((1, 60, 600)),
        operation=sampled_from((codes.RELEASE_DOOR, codes.EMERGENCY_RELEASE, codes.EMERGENCY_END)),
    )
    def send_command(self, lifetime_s: int, operation: int) -> None:
        self.commands += 1
        expires = self.site.hub_s + lifetime_s
        self.expiries[self.commands] = expires
        fields = {"id": self.commands, "expires": expires, "operation": operation}
        self._do(self.site.hub.send, messages.COMMAND, fields, self.site.now)
        self._do(self.site.settle)

    @rule(seconds=sampled_from((0, 1, 30)))
    def be_honest(self, seconds: int) -> None:
        self._do(self.site.pass_all, seconds)

    @rule(back=integers(1, 12))
    def let_one_through(self, back: int) -> None:
        """One of the latest, so that joins and times held back for a while come about."""
        if self.heard:
            self._pass(self.heard[-min(back, len(self.heard))])

    @rule(place=integers(0, 399))
    def let_any_through(self, place: int) -> None:
        if self.heard:
            self._pass(self.heard[place % len(self.heard)])

    def _pass(self, data: bytes) -> None:
        is_down = data[0] & 0x20
        self._do(self.site.pass_down if is_down else self.site.pass_up, data)

    @rule(off_s=sampled_from((1, 60, 3600, 86_400)), keeps_time=booleans())
    def cut_power(self, off_s: int, keeps_time: bool) -> None:
        self._do(self.site.cut_power, off_s, keeps_time)
        self.site.app.set_contact(False, self.site.now)
        self._do(self.site.run, 1)

    @rule()
    def sleep(self) -> None:
        unix_s = self.site.device.clock.unix(self.site.now)
        if self.site.device.suspend(self.site.now):
            self.site.power_on(codes.DEEP_SLEEP, unix_s)
            self._do(self.site.settle)

    @rule()
    def restart_hub(self) -> None:
        self.site.start_hub()

    @rule(person=sampled_from((ALICE, GUEST)))
    def show_card(self, person: int) -> None:
        self._do(self._show, person)

    def _show(self, person: int) -> None:
        self.site.app.read_card(frame(person), 34, self.site.now)
        self.site.settle()

    @rule()
    def ask_for_a_join(self) -> None:
        self.site.device.link.rejoin(self.site.now)
        self._do(self.site.run, 11)

    @invariant()
    def the_clock_is_not_late(self) -> None:
        late_s = self.site.late_s()
        assert late_s is None or -ROUNDING_S <= late_s <= LATE_S


TestTime = TimeMachine.TestCase
TestTime.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
