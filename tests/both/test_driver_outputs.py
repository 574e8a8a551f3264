"""Strike, lamp and buzzer, and the valve's motor do what they are told, within what is safe."""

from linli_firmware import patterns
from linli_firmware.apps.valve import CLOSED, OPEN, STOPPED
from linli_firmware.drivers.pattern_player import PatternPlayer
from linli_firmware.drivers.strike import PATIENCE_MS, RELEASE_MS, Strike
from linli_firmware.drivers.valve_motor import (
    DEAD_MS,
    STALLED_MS,
    STARTING_MS,
    ValveMotor,
)
from pins import Adc, Bench, InPin, OutPin, Reports
from rig import HOUR_MS
from support import raises


def test_a_fail_secure_strike_is_energised_to_release():
    bench = Bench()
    pin = OutPin(bench)
    strike = Strike(pin)
    assert pin.level == 0
    strike.set(1, 0)
    assert pin.level == 1
    strike.set(0, 5000)
    assert pin.level == 0
    assert strike.next_deadline() is None


def test_a_fail_safe_lock_is_energised_to_lock_from_the_start():
    bench = Bench()
    pin = OutPin(bench)
    strike = Strike(pin, fail_safe=True)
    assert pin.level == 1
    strike.set(1, 0)
    assert pin.level == 0
    strike.set(0, 5000)
    assert pin.level == 1


def exit_door(answer_ms=None, value_ms=3_000):
    """Return (bench, the button's callback, the strike's pin); the app may answer a press."""
    bench = Bench()
    pin = OutPin(bench)
    strike = Strike(pin, on_exit=lambda pressed, now: None)

    class App:
        def __init__(self):
            self.due = []

        def poll(self, now):
            while self.due and self.due[0][0] <= now:
                strike.set(self.due.pop(0)[1], now)

        def next_deadline(self):
            return self.due[0][0] if self.due else None

    app = App()

    def press(pressed):
        strike.take_exit(pressed, bench.now)
        if pressed and answer_ms is not None:
            app.due = [(bench.now + answer_ms, 1), (bench.now + answer_ms + value_ms, 0)]

    bench.drivers += [app, strike]
    return bench, press, pin


def test_a_press_that_the_app_does_not_answer_releases_the_strike_all_the_same():
    bench, press, pin = exit_door()
    for for_ms in (60, 1_000, 20_000):
        del pin.changes[:]
        pressed_at = bench.now
        press(True)
        bench.run(for_ms)
        press(False)
        bench.run(20_000)
        released_at = pressed_at + PATIENCE_MS
        assert pin.changes == [(released_at, 1), (released_at + RELEASE_MS, 0)]


def test_a_press_that_the_app_answers_is_the_app_s():
    bench, press, pin = exit_door(answer_ms=400)
    press(True)
    bench.run(100)
    press(False)
    bench.run(20_000)
    assert pin.changes == [(400, 1), (3_400, 0)]


def test_what_bounces_at_the_exit_button_releases_nothing():
    bench, press, pin = exit_door()
    for _ in range(50):
        press(True)
        bench.run(20)
        press(False)
        bench.run(20)
    bench.run(10_000)
    assert pin.changes == []


def test_an_app_that_comes_back_during_such_a_release_takes_it_over():
    bench, press, pin = exit_door(answer_ms=PATIENCE_MS + 3_000, value_ms=6_000)
    press(True)
    bench.run(100)
    press(False)
    bench.run(20_000)
    assert pin.changes == [(PATIENCE_MS, 1), (PATIENCE_MS + 9_000, 0)]


def test_a_release_by_the_exit_button_alone_is_not_ended_by_an_app_that_starts_again():
    bench = Bench()
    pin = OutPin(bench)
    strike = Strike(pin, on_exit=lambda pressed, now: None)
    bench.drivers.append(strike)
    strike.take_exit(True, bench.now)
    for _ in range(20):
        bench.run(500)
        strike.set(0, bench.now)
    assert pin.changes == [(PATIENCE_MS, 1), (PATIENCE_MS + RELEASE_MS, 0)]


def test_a_coil_has_its_time_though_only_the_exit_button_releases_it():
    bench = Bench()
    pin = OutPin(bench)
    strike = Strike(pin, energised_max_ms=1_000, on_exit=lambda pressed, now: None)
    bench.drivers.append(strike)
    strike.take_exit(True, bench.now)
    bench.run(10_000)
    assert pin.changes == [(PATIENCE_MS, 1), (PATIENCE_MS + 1_000, 0)]


def test_a_coil_is_switched_off_after_its_time_and_works_again_after():
    bench = Bench()
    pin = OutPin(bench)
    strike = Strike(pin, energised_max_ms=8000)
    bench.drivers.append(strike)
    strike.set(1, bench.now)
    bench.run(5000)
    # The same again does not begin the time anew.
    strike.set(1, bench.now)
    bench.run(10_000)
    assert pin.changes == [(0, 1), (8000, 0)]
    strike.set(1, bench.now)
    bench.run(3000)
    strike.set(0, bench.now)
    bench.run(10_000)
    assert pin.changes[2:] == [(15_000, 1), (18_000, 0)]


def test_a_time_limit_on_a_fail_safe_lock_is_refused():
    error = raises(ValueError, Strike, OutPin(Bench()), True, 1000)
    assert "energised_max_ms" in str(error)


def test_patterns_play_their_times_and_end():
    bench = Bench()
    pin = OutPin(bench)
    player = PatternPlayer(pin)
    bench.drivers.append(player)
    bench.run(5)
    player.set(patterns.DENIED, bench.now)
    bench.run(2000)
    at = [5, 125, 245, 365, 485, 605]
    assert pin.changes == [(ms, 1 - number % 2) for number, ms in enumerate(at)]
    assert player.next_deadline() is None


def test_every_pattern_plays_as_the_table_says():
    for number, (on_ms, off_ms, times) in patterns.PATTERNS.items():
        bench = Bench()
        pin = OutPin(bench)
        player = PatternPlayer(pin)
        bench.drivers.append(player)
        player.set(number, 0)
        for ms in range(0, 7000, 20):
            period_ms = on_ms + off_ms
            lit = bool(period_ms) and ms % period_ms < on_ms
            if times and ms >= times * period_ms:
                lit = False
            assert pin.level == lit, (number, ms)
            bench.run(20)


def test_a_pattern_takes_the_place_of_another_and_begins_anew():
    bench = Bench()
    pin = OutPin(bench)
    player = PatternPlayer(pin)
    bench.drivers.append(player)
    player.set(patterns.HELD_OPEN, 0)
    bench.run(1750)
    player.set(patterns.KEY, bench.now)
    bench.run(1000)
    assert pin.changes == [(0, 1), (500, 0), (1000, 1), (1500, 0), (1750, 1), (1810, 0)]
    player.set(patterns.EMERGENCY, bench.now)
    bench.run(60_000)
    assert pin.level == 1
    player.set(patterns.OFF, bench.now)
    assert pin.level == 0
    assert player.next_deadline() is None


def test_a_pattern_polled_late_is_where_it_ought_to_be():
    bench = Bench()
    pin = OutPin(bench)
    player = PatternPlayer(pin)
    bench.drivers.append(player)
    player.set(patterns.WAITING, 0)
    bench.stall(1030)
    bench.run(1000)
    assert pin.changes == [(0, 1), (1100, 0), (1500, 1), (1600, 0), (2000, 1)]


class Valve:
    """A motor with a spindle of `travel_ms`; `place` is where it is, 0 closed to travel_ms open."""

    def __init__(self, place=0, travel_ms=2000, current=False):
        self.bench = Bench()
        self.pins = (OutPin(self.bench), OutPin(self.bench))
        self.place = place
        self.travel_ms = travel_ms
        self.blocked = False
        self.ends = (InPin(self.bench), InPin(self.bench))
        self.current = Adc(0)
        self.reports = Reports()
        self.driver = ValveMotor(
            self.pins[0],
            self.pins[1],
            self.ends[0],
            self.ends[1],
            self.reports.call("ends"),
            self.current if current else None,
            400,
            self.reports.call("stall"),
            reread_ms=HOUR_MS,
        )
        self.bench.drivers.append(self.driver)
        self._move_ends()

    def set(self, value):
        self.driver.set(value, self.bench.now)

    def run(self, ms):
        """Let the motor turn for a while, millisecond by millisecond."""
        for _ in range(ms):
            opening, closing = self.pins[0].level, self.pins[1].level
            assert not (opening and closing), "both inputs of the bridge are on"
            wanted = self.place + opening - closing
            # An end stop's contact yields a little beyond where it closes.
            is_free = -50 <= wanted <= self.travel_ms + 50 and not self.blocked
            if is_free:
                self.place = wanted
            self.current.mv = (120 if is_free else 700) if opening or closing else 0
            self._move_ends()
            self.bench.run(1)

    def _move_ends(self):
        self.ends[0].move(int(self.place >= self.travel_ms))
        self.ends[1].move(int(self.place <= 0))


def test_the_end_stops_are_reported_together_at_the_start():
    valve = Valve(place=2000)
    valve.run(50)
    assert valve.reports.list == [("ends", True, False)]
    assert valve.pins[0].changes == valve.pins[1].changes == []


def test_nothing_is_reported_before_both_end_stops_are_steady():
    valve = Valve(place=2000)
    valve.bench.at(10, valve.ends[1], 1)
    valve.bench.at(12, valve.ends[1], 0)
    valve.bench.run(100)
    assert valve.reports.list == [("ends", True, False)]


def test_a_travel_ends_at_its_stop():
    valve = Valve(place=0)
    valve.run(50)
    valve.reports.take()
    valve.set(OPEN)
    valve.run(3000)
    assert valve.reports.take() == [("ends", False, False), ("ends", True, False)]
    assert len(valve.pins[0].changes) == 2
    assert valve.pins[1].changes == []
    # The motor stands: the device may sleep.
    assert valve.driver.next_deadline() > valve.bench.now + HOUR_MS // 2
    valve.set(STOPPED)
    valve.set(CLOSED)
    valve.run(3000)
    assert valve.reports.take() == [("ends", False, False), ("ends", False, True)]
    assert valve.pins[1].level == 0


def test_the_motor_stands_for_the_dead_time_before_it_reverses():
    valve = Valve(place=1000)
    valve.run(50)
    valve.set(OPEN)
    valve.run(200)
    valve.set(CLOSED)
    valve.run(500)
    stopped_at = valve.pins[0].changes[1][0]
    assert valve.pins[1].changes == [(stopped_at + DEAD_MS, 1)]


def test_commands_faster_than_the_dead_time_never_put_both_inputs_on():
    valve = Valve(place=1000)
    valve.run(50)
    for number in range(60):
        valve.set((OPEN, CLOSED, STOPPED, CLOSED, OPEN)[number % 5])
        valve.run(1 + 7 * number % 160)
    switched = sorted(
        [(ms, level, 0) for ms, level in valve.pins[0].changes]
        + [(ms, level, 1) for ms, level in valve.pins[1].changes]
    )
    off_at = -DEAD_MS
    for ms, level, _ in switched:
        if level:
            assert ms - off_at >= DEAD_MS
        else:
            off_at = ms


def test_the_motor_does_not_turn_towards_a_stop_that_is_reached():
    valve = Valve(place=2000)
    valve.run(50)
    valve.set(OPEN)
    valve.run(500)
    assert valve.pins[0].changes == []


def test_a_bouncing_end_stop_is_reported_once():
    valve = Valve(place=1000)
    valve.run(50)
    valve.reports.take()
    for ms in range(12):
        valve.bench.at(ms, valve.ends[0], 1 - ms % 2)
    valve.bench.at(12, valve.ends[0], 1)
    valve.bench.run(100)
    assert valve.reports.list == [("ends", True, False)]


def test_an_end_stop_that_sticks_does_not_keep_the_motor_from_the_other():
    valve = Valve(place=2000)
    valve._move_ends = lambda: valve.ends[1].move(int(valve.place <= 0))
    valve.run(50)
    valve.reports.take()
    valve.set(CLOSED)
    valve.run(3000)
    # Both are reported as they are: the app knows then that it does not know.
    assert valve.reports.list == [("ends", True, True)]
    assert valve.pins[1].level == 0


def test_a_stop_that_never_comes_is_left_to_the_app():
    valve = Valve(place=1000)
    valve._move_ends = lambda: None
    valve.run(50)
    valve.set(OPEN)
    valve.run(5000)
    assert valve.pins[0].level == 1
    assert valve.driver.counts["stalls"] == 0
    valve.set(STOPPED)
    assert valve.pins[0].level == 0


def test_a_blocked_motor_is_stopped_by_its_current():
    valve = Valve(place=1000, current=True)
    valve.run(50)
    valve.set(OPEN)
    valve.run(500)
    valve.blocked = True
    blocked_at = valve.bench.now
    valve.run(1000)
    assert valve.reports.list[-1] == ("stall",)
    off_at = valve.pins[0].changes[1][0]
    assert STALLED_MS <= off_at - blocked_at <= STALLED_MS + 40
    assert valve.driver.counts["stalls"] == 1


def test_the_current_at_the_start_is_no_stall():
    valve = Valve(place=1000, current=True)
    valve.run(50)
    valve.set(OPEN)
    valve.run(30)
    valve.blocked = True
    valve.run(STARTING_MS + STALLED_MS - 60)
    valve.blocked = False
    valve.run(300)
    assert valve.driver.counts["stalls"] == 0


def test_a_motor_blocked_from_the_start_is_stopped():
    valve = Valve(place=1000, current=True)
    valve.run(50)
    valve.blocked = True
    valve.set(OPEN)
    valve.run(STARTING_MS + STALLED_MS + 40)
    assert valve.reports.list[-1] == ("stall",)
    assert valve.pins[0].level == 0
