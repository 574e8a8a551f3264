"""Whatever happens to a button, it has at most one open incident, told until received."""

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import booleans, sampled_from

from linli_firmware.apps.panic import Panic
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from rig import Rig

# The last repeat step, and the first after a loss.
LONGEST_SILENCE_MS = 120000


class PanicMachine(RuleBasedStateMachine):
    """A model of one incident: its number, whether the centre has it, when it was last told."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.rig = Rig(Panic, {"device": 1}, self.store)
        self.incidents = 0
        self.presses = 0
        self.state = codes.CLOSED
        self.told_at = 0
        self.seen = 0

    @rule(held_ms=sampled_from((1, 100, 30000)))
    def press(self, held_ms: int) -> None:
        if self.state == codes.CLOSED:
            self.incidents += 1
            self.presses = 0
            self.state = 0
        self.presses = min(self.presses + 1, 255)
        before = len(self.rig.sent(messages.ALARM))
        self.rig.do("set_button", True)
        if self.presses == 1:
            assert len(self.rig.sent(messages.ALARM)) == before + 1
        self.rig.run(held_ms)
        self.rig.do("set_button", False)
        self.rig.run(100)

    @rule(state=sampled_from((codes.RECEIVED, codes.HELP_COMING, codes.CLOSED)), stale=booleans())
    def hear_from_the_centre(self, state: int, stale: bool) -> None:
        incident = self.incidents - stale
        self.rig.do("on_message", messages.ALARM_STATUS, {"incident": incident, "state": state})
        if not stale and self.incidents:
            self.state = max(self.state, state)

    @rule(delivered=booleans())
    def hear_from_the_link(self, delivered: bool) -> None:
        self.rig.conclude(delivered)

    @rule(online=booleans())
    def move_uplink(self, online: bool) -> None:
        self.rig.online = online

    @rule(ms=sampled_from((1, 5000, 60000, 600000)))
    def wait(self, ms: int) -> None:
        self.rig.run(ms)

    @rule()
    def restart(self) -> None:
        self.rig = Rig(Panic, {"device": 1}, self.store, self.rig.now)
        self.seen = 0

    @invariant()
    def one_incident_at_a_time(self) -> None:
        is_open = self.state != codes.CLOSED
        assert self.rig.app.open_incident == (self.incidents if is_open else None)

    @invariant()
    def it_is_told_until_it_is_received(self) -> None:
        alarms = self.rig.sent(messages.ALARM)
        if len(alarms) > self.seen:
            self.told_at = self.rig.now
            for each in alarms[self.seen :]:
                assert each["incident"] <= self.incidents
        self.seen = len(alarms)
        if self.state == 0:
            assert alarms and alarms[-1]["incident"] == self.incidents
            deadline = self.rig.app.next_deadline()
            soon = deadline is not None and deadline <= self.rig.now + LONGEST_SILENCE_MS
            assert soon or self.rig.under_way, "neither the app nor the link is at it"


TestPanic = PanicMachine.TestCase
TestPanic.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
