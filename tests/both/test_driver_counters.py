"""Counters lose no pulse and count none twice, whatever bounces, wraps or comes late."""

from linli_firmware.drivers.edge_counter import STEADY_MS, EdgeCounter
from linli_firmware.drivers.pulse_counter import PulseCounter
from linli_firmware.drivers.quadrature import STEPS_A_TURN, Quadrature
from pins import Bench, HardwareCounter, InPin, Reports
from support import Random

DAY_MS = 86_400_000


class Meter:
    """What a pulse counter has reported in all, polled on a bench."""

    def __init__(self, counter, bench=None, **settings):
        self.bench = bench or Bench()
        self.forward = self.reverse = 0
        self.bench.drivers.append(
            PulseCounter(counter, self._on_forward, self._on_reverse, **settings)
        )

    def _on_forward(self, pulses, now):
        self.forward += pulses

    def _on_reverse(self, pulses, now):
        self.reverse += pulses


def test_every_pulse_between_two_polls_is_reported():
    counter = HardwareCounter(0, (1 << 40) - 1)
    counter.count(17)
    meter = Meter(counter)
    total = 0
    for pulses in (0, 1, 5, 0, 300, 1):
        counter.count(pulses)
        total += pulses
        meter.bench.run(1000)
    assert (meter.forward, meter.reverse) == (total, 0)


def test_counters_of_every_width_may_wrap_both_ways():
    # Signed and unsigned 16 bits, and a PCNT unit that starts again from 0 at 32000.
    for low, high in ((-32768, 32767), (0, 65535), (0, 31999)):
        counter = HardwareCounter(low, high)
        meter = Meter(counter, modulus=high - low + 1)
        forward = reverse = 0
        for pulses in (15_000, 15_000, 15_000, -10_000, 15_900, 15_900, -15_900, -15_900, -1, 2):
            counter.count(pulses)
            meter.bench.run(1000)
            if pulses > 0:
                forward += pulses
            else:
                reverse -= pulses
        assert (meter.forward, meter.reverse) == (forward, reverse)


def test_a_wheel_that_swings_by_less_than_a_pulse_makes_none():
    counter = HardwareCounter(0, (1 << 24) - 1)
    meter = Meter(counter, steps=4)
    for steps in (3, -3, 3, -3, 3):
        counter.count(steps)
        meter.bench.run(1000)
    assert (meter.forward, meter.reverse) == (0, 0)
    counter.count(1)
    meter.bench.run(1000)
    for steps in (-1, 1, -3, 3):
        counter.count(steps)
        meter.bench.run(1000)
    assert (meter.forward, meter.reverse) == (1, 0)
    counter.count(-9)
    meter.bench.run(1000)
    assert (meter.forward, meter.reverse) == (1, 2)


class Reed:
    """A contact with its edge counter on a bench."""

    def __init__(self, level=0, with_direction=False, **settings):
        self.bench = Bench()
        self.pin = InPin(self.bench, level)
        self.direction = InPin(self.bench) if with_direction else None
        self.counter = EdgeCounter(self.pin, self.bench.ticks_ms, self.direction)
        self.meter = Meter(self.counter, self.bench, **settings)
        self.bench.run(100)


def test_clean_pulses_count_one_each():
    reed = Reed()
    for number in range(50):
        reed.bench.pulse(number * 100, reed.pin, 50)
    reed.bench.run(6000)
    assert reed.meter.forward == 50


def test_bounces_at_both_ends_of_a_pulse_count_nothing():
    random = Random(3)
    reed = Reed()
    for _ in range(30):
        at = 0.0
        for _ in range(random.below(6)):
            width = 0.1 + random.below(20) / 10
            reed.bench.pulse(at, reed.pin, width)
            at += width + 0.1 + random.below(20) / 10
        reed.bench.at(at, reed.pin, 1)
        at += 60
        reed.bench.at(at, reed.pin, 0)
        for _ in range(random.below(6)):
            at += 0.1 + random.below(20) / 10
            reed.bench.pulse(at, reed.pin, 0.3)
            at += 0.3
        reed.bench.run(at + 60)
    reed.bench.run(1000)
    assert reed.meter.forward == 30


def test_a_spike_is_no_pulse_and_a_dip_does_not_part_one():
    reed = Reed()
    reed.bench.pulse(0, reed.pin, STEADY_MS - 2)
    reed.bench.run(STEADY_MS // 2)
    assert reed.counter.value() == 0
    reed.bench.at(200, reed.pin, 1)
    reed.bench.at(250, reed.pin, 0)
    reed.bench.at(253, reed.pin, 1)
    reed.bench.at(300, reed.pin, 0)
    reed.bench.run(2000)
    assert reed.meter.forward == 1


def test_a_pulse_counts_while_the_magnet_stays_and_not_again_when_it_goes():
    reed = Reed()
    reed.bench.at(0, reed.pin, 1)
    reed.bench.run(2000)
    assert reed.meter.forward == 1
    reed.bench.at(0, reed.pin, 0)
    reed.bench.run(2000)
    assert reed.meter.forward == 1


def test_a_contact_closed_at_the_start_has_been_counted_before():
    reed = Reed(level=1)
    reed.bench.at(0, reed.pin, 0)
    reed.bench.at(3, reed.pin, 1)
    reed.bench.run(2000)
    assert reed.meter.forward == 0
    reed.bench.at(0, reed.pin, 0)
    reed.bench.at(100, reed.pin, 1)
    reed.bench.run(2000)
    assert reed.meter.forward == 1


def test_a_contact_may_stay_for_longer_than_the_ticks_last():
    wrap_ms = 1 << 30
    for extra_ms in (0, 1, STEADY_MS - 1):
        reed = Reed(period_ms=DAY_MS)
        for level in (1, 0, 1, 0):
            reed.bench.at(0, reed.pin, level)
            reed.bench.run(wrap_ms + extra_ms)
        reed.bench.run(DAY_MS)
        assert (reed.meter.forward, reed.meter.reverse) == (2, 0)


def test_the_pulses_of_a_stalled_loop_are_all_there_afterwards():
    reed = Reed()
    for number in range(40):
        reed.bench.pulse(number * 100, reed.pin, 50)
    reed.bench.stall(4100)
    reed.bench.run(1000)
    assert reed.meter.forward == 40


class InterruptedCounter(EdgeCounter):
    """An interrupt comes just after `value` has read the count, `interrupts` times."""

    interrupts = 0

    @property
    def _count(self):
        count = self._kept
        if self.interrupts:
            self.interrupts -= 1
            self._pin.move(1 - self._pin.value())
        return count

    @_count.setter
    def _count(self, count):
        self._kept = count


def test_an_interrupt_within_a_reading_does_no_harm():
    bench = Bench()
    pin = InPin(bench)
    counter = InterruptedCounter(pin, bench.ticks_ms)
    bench.run(50)
    for pulses in range(1, 4):
        pin.move(1)
        bench.run(50)
        counter.interrupts = 1
        assert counter.value() == pulses
        assert pin.value() == 0
        bench.run(50)


def test_a_direction_pin_makes_pulses_count_backward():
    reed = Reed(with_direction=True)
    for backward in (0, 1, 1, 0, 1):
        reed.direction.move(backward)
        reed.bench.pulse(0, reed.pin, 50)
        # What the direction does in the middle of a pulse is of no account.
        reed.bench.run(30)
        reed.direction.move(1 - backward)
        reed.bench.run(1100)
    assert (reed.meter.forward, reed.meter.reverse) == (2, 3)


class Wheel:
    """A magnet over two reed contacts; `turn(quarters)` turns it, with bounces."""

    def __init__(self):
        self.bench = Bench()
        self.pins = (InPin(self.bench), InPin(self.bench))
        self.counter = Quadrature(self.pins[0], self.pins[1])
        self.meter = Meter(self.counter, self.bench, steps=STEPS_A_TURN)
        self._quarter = 0

    def turn(self, quarters):
        step = 1 if quarters > 0 else -1
        for _ in range(abs(quarters)):
            self._quarter += step
            levels = ((0, 0), (1, 0), (1, 1), (0, 1))[self._quarter % 4]
            for pin, level in zip(self.pins, levels):
                if pin.value() != level:
                    for bounce in (level, 1 - level, level):
                        pin.move(bounce)
            self.bench.run(40)


def test_a_wheel_counts_turns_forward_and_backward():
    wheel = Wheel()
    wheel.turn(4 * 25)
    wheel.bench.run(1000)
    assert (wheel.meter.forward, wheel.meter.reverse) == (25, 0)
    wheel.turn(-4 * 10)
    wheel.bench.run(1000)
    assert (wheel.meter.forward, wheel.meter.reverse) == (25, 10)
    assert wheel.counter.counts["missed"] == 0


def test_a_wheel_that_trembles_at_a_contact_counts_nothing():
    wheel = Wheel()
    for _ in range(50):
        wheel.turn(3)
        wheel.turn(-3)
    wheel.bench.run(1000)
    assert (wheel.meter.forward, wheel.meter.reverse) == (0, 0)


def test_a_step_too_fast_to_see_is_counted_as_missed():
    wheel = Wheel()
    wheel.bench.mask()
    wheel.turn(2)
    wheel.bench.unmask()
    assert wheel.counter.counts["missed"] == 1


def test_reports_come_with_the_time():
    bench = Bench()
    counter = HardwareCounter(0, 65535)
    reports = Reports()
    bench.drivers.append(
        PulseCounter(counter, reports.call("forward"), reports.call("reverse"), 65536)
    )
    bench.run(10)
    counter.count(3)
    bench.run(1000)
    counter.count(-1)
    bench.run(1000)
    assert reports.list == [("forward", 3), ("reverse", 1)]
    assert reports.times == [1000, 2000]
