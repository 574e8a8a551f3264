"""Whatever happens to a meter, its totals sum its pulses and its registers have no hole."""

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import booleans, integers, sampled_from

from linli_firmware.apps.meter import Meter
from linli_firmware.apps.registers import HOURLY
from linli_firmware.store import MemoryStore
from linli_protocol import codes, deltas, messages
from rig import HOUR_MS, MONDAY, Rig

CONFIG = {"device": 77, "pulse_ml": 250, "checkpoint_l": 2, "leak_hours": 3, "dry_days": 1}

BEGINS_AND_ENDS = (
    (codes.LEAK, codes.LEAK_ENDED),
    (codes.DRY, codes.DRY_ENDED),
    (codes.BURST, codes.BURST_ENDED),
    (codes.REVERSE_FLOW, codes.REVERSE_FLOW_ENDED),
)


class MeterMachine(RuleBasedStateMachine):
    """A model that adds up: pulses, hours, and the deltas that were reported."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.rig = Rig(Meter, CONFIG, self.store)
        self.forward = 0
        self.reverse = 0
        self.reported_l: list[int] = []
        self.seen = 0

    @rule(count=integers(0, 2000))
    def flow(self, count: int) -> None:
        self.forward += count
        self.rig.do("count_pulses", count)

    @rule(count=integers(0, 100))
    def flow_back(self, count: int) -> None:
        self.reverse += count
        self.rig.do("count_reverse_pulses", count)

    @rule(ms=sampled_from((1, 300000, HOUR_MS, 7 * HOUR_MS, 30 * HOUR_MS)), awake=booleans())
    def wait(self, ms: int, awake: bool) -> None:
        (self.rig.run if awake else self.rig.sleep)(ms)

    @rule(count=integers(1, 5))
    def drip(self, count: int) -> None:
        for _ in range(count):
            self.flow(1)
            self.rig.run(HOUR_MS)

    @rule(online=booleans())
    def move_uplink(self, online: bool) -> None:
        if online:
            self.rig.connect()
        else:
            self.rig.online = False

    @rule()
    def restart(self) -> None:
        now = self.rig.now
        self.rig = Rig(Meter, CONFIG, self.store, now, self.rig.clock.unix(now))
        self.seen = 0

    @invariant()
    def no_pulse_is_lost(self) -> None:
        assert self.rig.app.forward_ml == self.forward * 250
        assert self.rig.app.reverse_ml == self.reverse * 250

    @invariant()
    def registers_have_no_hole(self) -> None:
        hour = self.rig.clock.unix(self.rig.now) // 3600
        assert self.store.end(HOURLY) == hour - MONDAY // 3600
        if hour > MONDAY // 3600:
            last = self.store.read(HOURLY, self.store.end(HOURLY) - 1)
            assert last is not None and int.from_bytes(last[:4], "big") == hour * 3600

    @invariant()
    def conditions_begin_and_end_in_turn(self) -> None:
        log = [self.store.read("events", index) for index in range(self.store.end("events"))]
        for pair in BEGINS_AND_ENDS:
            told = [record[14] for record in log if record[14] in pair]
            assert told == [pair[index % 2] for index in range(len(told))]

    @invariant()
    def reports_fit_together(self) -> None:
        for each in self.rig.sent(messages.READINGS)[self.seen :]:
            before_l = each["volume_l"] - sum(deltas.decode(each["deltas"]))
            assert not self.reported_l or before_l in self.reported_l
            self.reported_l += [before_l, each["volume_l"]]
        self.seen = len(self.rig.sent(messages.READINGS))


TestMeter = MeterMachine.TestCase
TestMeter.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
