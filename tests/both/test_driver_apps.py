"""From edge to output: pins, drivers and an app together, in virtual time."""

from doors import ALICE, PINS, STRANGER, closed_door, events, frame
from linli_firmware import patterns
from linli_firmware.actions import Output
from linli_firmware.apps.panic import Panic
from linli_firmware.apps.valve_meter import ValveMeter
from linli_firmware.drivers.button import Button
from linli_firmware.drivers.edge_counter import EdgeCounter
from linli_firmware.drivers.level_input import LevelInput
from linli_firmware.drivers.pattern_player import PatternPlayer
from linli_firmware.drivers.pulse_counter import PulseCounter
from linli_firmware.drivers.strike import Strike
from linli_firmware.drivers.valve_motor import ValveMotor
from linli_firmware.drivers.wiegand import Wiegand
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from pins import Bench, InPin, OutPin
from rig import MONDAY, Rig


class Wired:
    """An app on a rig, wired to the drivers of a bench as a node does."""

    def __init__(self, rig):
        self.rig = rig
        self.bench = Bench()
        self.bench.us = rig.now * 1000
        self.outputs = {}
        self._performed = 0
        self.bench.drivers.append(self)

    def input(self, method):
        """Return a callback that calls the app's `method`."""

        def report(*values):
            self._catch_up(values[-1])
            self.rig.do(method, *values[:-1])
            self._perform()

        return report

    def pin(self, level=0):
        return InPin(self.bench, level)

    def add(self, *drivers):
        self.bench.drivers += drivers

    def poll(self, now):
        self._catch_up(now)
        self._perform()

    def next_deadline(self):
        return self.rig.app.next_deadline()

    def _catch_up(self, now):
        self.rig.run(now - self.rig.now)

    def _perform(self):
        for action in self.rig.actions[self._performed :]:
            if isinstance(action, Output) and action.name in self.outputs:
                self.outputs[action.name].set(action.value, self.bench.now)
        self._performed = len(self.rig.actions)


class WiredDoor(Wired):
    """A door with a reader with keys, a contact, a strike and a lamp."""

    def __init__(self, config=None):
        super().__init__(closed_door(config))
        self.lines = (self.pin(), self.pin())
        self.contact = self.pin()
        self.strike = OutPin(self.bench)
        self.led = OutPin(self.bench)
        self.outputs = {"strike": Strike(self.strike), "led": PatternPlayer(self.led)}
        self.reader = Wiegand(
            self.lines[0],
            self.lines[1],
            self.bench.ticks_ms,
            self.input("read_card"),
            self.input("press_key"),
        )
        self.add(self.reader, LevelInput(self.contact, self.input("set_contact")))
        self.add(*self.outputs.values())
        self.bench.run(500)

    def send(self, value, bit_count, after_ms=0):
        """Script a frame; return the monotonic ms at which its last bit begins."""
        for number in range(bit_count):
            bit = value >> (bit_count - 1 - number) & 1
            self.bench.pulse(after_ms + number * 2, self.lines[bit], 0.05)
        return self.bench.now + after_ms + (bit_count - 1) * 2


def test_a_residents_card_releases_the_strike_within_50_ms_and_for_its_time():
    door = WiredDoor()
    last_bit_at = door.send(frame(ALICE), 34)
    door.bench.run(10_000)
    (released_at, on), (locked_at, off) = door.strike.changes
    assert (on, off) == (1, 0)
    assert released_at - last_bit_at <= 50
    assert locked_at - released_at == 5000


def test_the_door_that_a_resident_opens_is_not_forced():
    door = WiredDoor()
    door.send(frame(ALICE), 34)
    door.bench.at(2000, door.contact, 1)
    door.bench.at(4000, door.contact, 0)
    door.bench.run(10_000)
    assert events(door.rig) == [codes.GRANTED]
    door.bench.at(0, door.contact, 1)
    door.bench.run(1000)
    assert events(door.rig) == [codes.GRANTED, codes.FORCED]


def test_a_strangers_card_and_one_with_a_wrong_bit_move_nothing():
    door = WiredDoor()
    door.send(frame(STRANGER), 34)
    door.send(frame(ALICE) ^ 1 << 9, 34, 500)
    door.send(frame(ALICE) >> 1, 33, 1000)
    door.bench.run(5000)
    assert door.strike.changes == []
    assert events(door.rig) == [codes.DENIED_UNKNOWN]
    assert door.rig.app.unreadable == 1
    assert door.reader.counts["refused"] == 1


def test_card_and_pin_come_over_the_same_two_lines():
    door = WiredDoor({"mode": "card+pin"})
    door.send(frame(ALICE), 34)
    for number, digit in enumerate(PINS[ALICE]):
        door.send(int(digit), 4, 500 + number * 150)
    door.bench.run(1500)
    assert door.strike.changes == []
    door.send(0x4B, 8)
    door.bench.run(100)
    assert door.strike.level == 1
    assert events(door.rig) == [codes.GRANTED]


def test_a_short_press_of_the_button_raises_one_alarm_and_the_lamp_shows_it():
    wired = Wired(Rig(Panic, {"device": 9}, MemoryStore()))
    pin = wired.pin()
    led = OutPin(wired.bench)
    wired.outputs["led"] = PatternPlayer(led)
    wired.add(Button(pin, wired.input("set_button")), wired.outputs["led"])
    wired.bench.run(500)
    for ms, level in ((0, 1), (1, 0), (3, 1), (80, 0), (81, 1), (83, 0)):
        wired.bench.at(ms, pin, level)
    wired.bench.stall(100)
    wired.bench.run(1000)
    assert len(wired.rig.sent(messages.ALARM)) == 1
    on_ms, off_ms, _ = patterns.PATTERNS[patterns.SENDING]
    switched = [ms for ms, _ in led.changes]
    assert switched[1] - switched[0] == on_ms
    assert switched[2] - switched[1] == off_ms


class WiredMeter(Wired):
    """A meter with a reed contact and a valve whose spindle takes two seconds."""

    TRAVEL_MS = 2000

    def __init__(self):
        super().__init__(Rig(ValveMeter, {"device": 9, "valve_travel_s": 10}, MemoryStore()))
        self.reed = self.pin()
        self.motor = (OutPin(self.bench), OutPin(self.bench))
        self.ends = (self.pin(1), self.pin())
        self.place = self.TRAVEL_MS
        self.outputs["valve"] = ValveMotor(
            self.motor[0],
            self.motor[1],
            self.ends[0],
            self.ends[1],
            self.input("set_valve_ends"),
        )
        counter = EdgeCounter(self.reed, self.bench.ticks_ms)
        pulses = PulseCounter(
            counter, self.input("count_pulses"), self.input("count_reverse_pulses")
        )
        self.add(pulses, self.outputs["valve"])
        self.run(500)

    def run(self, ms):
        """Let the motor turn millisecond by millisecond; its end stops bounce."""
        for _ in range(ms):
            self.place += self.motor[0].level - self.motor[1].level
            self._move(self.ends[0], self.place >= self.TRAVEL_MS)
            self._move(self.ends[1], self.place <= 0)
            self.bench.run(1)

    def command(self, number, operation):
        fields = {"id": number, "expires": MONDAY + 60, "operation": operation}
        self.input("on_message")(messages.COMMAND, fields, self.bench.now)

    def _move(self, pin, level):
        if pin.value() != level:
            for bounce in (level, not level, level):
                pin.move(int(bounce))


def test_pulses_of_a_reed_become_litres():
    meter = WiredMeter()
    for number in range(20):
        meter.bench.pulse(number * 300, meter.reed, 100)
    meter.bench.run(8000)
    assert meter.rig.app.forward_ml == 20_000
    assert meter.rig.app.reverse_ml == 0


def test_a_command_turns_the_valve_to_its_stop_and_back():
    meter = WiredMeter()
    meter.command(1, codes.CLOSE_VALVE)
    meter.run(3000)
    assert meter.rig.app.flags & codes.FLAG_VALVE_CLOSED
    assert meter.motor[1].level == 0
    meter.command(2, codes.OPEN_VALVE)
    meter.run(3000)
    assert not meter.rig.app.flags & codes.FLAG_VALVE_CLOSED
    assert [each["code"] for each in meter.rig.sent(messages.EVENT)] == [
        codes.VALVE_CLOSED,
        codes.VALVE_OPENED,
    ]
    # One turn each way, and none after the stops.
    assert len(meter.motor[0].changes) == len(meter.motor[1].changes) == 2


def test_an_end_stop_that_sticks_is_a_fault_after_the_travel_time():
    meter = WiredMeter()
    meter.ends[0].move = lambda level: None
    meter.command(1, codes.CLOSE_VALVE)
    meter.run(12_000)
    assert meter.rig.app.flags & codes.FLAG_VALVE_FAULT
    # The motor did not press on for the whole time.
    assert 2000 <= meter.motor[1].changes[1][0] - meter.motor[1].changes[0][0] <= 2050
    assert meter.motor[0].level == meter.motor[1].level == 0
