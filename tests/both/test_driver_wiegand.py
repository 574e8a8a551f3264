"""The Wiegand reader hands over whole frames and keys, and nothing that is not whole."""

try:
    from micropython import heap_lock, heap_unlock
except ImportError:

    def heap_lock():
        pass

    heap_unlock = heap_lock

from doors import ALICE, frame
from linli_firmware.drivers.wiegand import Wiegand
from pins import Bench, InPin, Reports
from support import Random

CARD = frame(ALICE)
LONGEST_37 = (1 << 37) - 1


class Reader:
    """A reader with its driver on a bench; `send` puts frames on the lines."""

    def __init__(self, start_ms=5_000):
        self.bench = Bench(start_ms)
        self.lines = (InPin(self.bench), InPin(self.bench))
        self.reports = Reports()
        self.driver = Wiegand(
            self.lines[0],
            self.lines[1],
            self.bench.ticks_ms,
            self.reports.call("card"),
            self.reports.call("key"),
        )
        self.bench.drivers.append(self.driver)

    def send(self, value, bit_count, after_ms=0, pulse_us=50, gap_us=2000):
        """Script a frame and return the ms, from now, at which its last pulse begins."""
        at_us = after_ms * 1000
        for shift in range(bit_count - 1, -1, -1):
            last_us = at_us
            self.bench.pulse(at_us / 1000, self.lines[value >> shift & 1], pulse_us / 1000)
            at_us += pulse_us + gap_us
        return last_us / 1000


def test_cards_of_26_34_and_37_bits_are_read():
    reader = Reader()
    for value, bit_count in ((0x2ABCDE5, 26), (CARD, 34), (LONGEST_37, 37), (0, 26)):
        reader.send(value, bit_count)
        reader.bench.run(200)
        assert reader.reports.take() == [("card", value, bit_count)]
    assert sum(reader.driver.counts.values()) == 0


def test_the_limits_of_the_timing_are_read():
    for pulse_us in (20, 100):
        for gap_us in (200, 20_000):
            reader = Reader()
            reader.send(CARD, 34, 0, pulse_us, gap_us)
            reader.bench.run(1000)
            assert reader.reports.list == [("card", CARD, 34)], (pulse_us, gap_us)


def test_jitter_within_the_limits_is_read():
    random = Random(7)
    for _ in range(20):
        reader = Reader()
        at_us = 0
        for shift in range(33, -1, -1):
            width_us = 20 + random.below(81)
            reader.bench.pulse(at_us / 1000, reader.lines[CARD >> shift & 1], width_us / 1000)
            at_us += width_us + 200 + random.below(19_801)
        reader.bench.run(900)
        assert reader.reports.list == [("card", CARD, 34)]


def test_a_card_is_handed_over_well_within_50_ms_of_its_last_bit():
    reader = Reader()
    last_ms = reader.send(CARD, 34)
    reader.bench.run(200)
    assert reader.reports.times[0] - last_ms <= 27


def test_two_cards_with_silence_between_are_two_cards():
    reader = Reader()
    last_ms = reader.send(CARD, 34)
    reader.send(0x2ABCDE5, 26, last_ms + 30)
    reader.bench.run(300)
    assert reader.reports.list == [("card", CARD, 34), ("card", 0x2ABCDE5, 26)]


def test_keys_come_in_bursts_of_four_or_eight_bits():
    reader = Reader()
    for key in range(12):
        reader.send(key, 4)
        reader.bench.run(100)
        reader.send((key ^ 15) << 4 | key, 8)
        reader.bench.run(100)
        assert reader.reports.take() == [("key", key), ("key", key)]
    assert reader.driver.counts["refused"] == 0


def test_keys_that_no_keypad_has_are_refused():
    reader = Reader()
    bursts = [(key, 4) for key in range(12, 16)]
    bursts += [(0x55, 8), (0x3C, 8), (0xE0, 8), (0, 8)]
    for value, bit_count in bursts:
        reader.send(value, bit_count)
        reader.bench.run(100)
    assert reader.reports.list == []
    assert reader.driver.counts["refused"] == len(bursts)


def test_bursts_faster_than_the_loop_are_told_apart():
    reader = Reader()
    reader.driver.poll(0)
    for number in range(6):
        reader.send(number, 4, number * 40)
    reader.send(CARD, 34, 300)
    reader.bench.stall(420)
    reader.bench.run(50)
    assert reader.reports.list == [("key", each) for each in range(6)] + [("card", CARD, 34)]


def test_noise_alone_is_counted_and_leaves_the_next_card_whole():
    reader = Reader()
    reader.bench.pulse(0, reader.lines[1], 0.05)
    reader.send(CARD, 34, 40)
    reader.bench.run(300)
    assert reader.reports.list == [("card", CARD, 34)]
    assert reader.driver.counts["refused"] == 1


def test_a_frame_with_a_bit_too_many_or_too_few_is_refused():
    reader = Reader()
    for bit_count in (25, 27, 33, 35, 36, 38, 80):
        reader.send(CARD, bit_count)
        reader.bench.run(300)
    assert reader.reports.list == []
    assert reader.driver.counts["refused"] == 7


def test_a_frame_that_stops_half_way_is_refused():
    reader = Reader()
    reader.send(CARD >> 17, 17)
    reader.bench.run(100)
    reader.send(CARD, 34)
    reader.bench.run(200)
    assert reader.reports.list == [("card", CARD, 34)]
    assert reader.driver.counts["refused"] == 1


def test_a_pulse_on_both_lines_spoils_its_frame_only():
    reader = Reader()
    reader.send(CARD, 34, 0, 100)
    # A pulse on line 0 within each of one's.
    reader.bench.pulse(10 * 2.1 + 0.03, reader.lines[0], 0.03)
    reader.bench.pulse(10 * 2.1 + 0.03, reader.lines[1], 0.03)
    reader.send(CARD, 34, 200)
    reader.bench.run(400)
    assert reader.reports.list == [("card", CARD, 34)]
    assert reader.driver.counts["clashes"] == 1


def test_interrupts_that_come_late_lose_nothing_while_the_queue_holds_them():
    reader = Reader()
    reader.send(CARD, 34)
    for _ in range(4):
        reader.bench.run(3)
        reader.bench.mask()
        reader.bench.run(16)
        reader.bench.unmask()
    reader.bench.run(100)
    assert reader.reports.list == [("card", CARD, 34)]


def test_a_frame_of_which_interrupts_were_dropped_is_refused():
    reader = Reader()
    reader.send(CARD, 34)
    reader.bench.run(10)
    reader.bench.mask()
    reader.bench.run(22)
    reader.bench.unmask()
    reader.bench.run(100)
    assert reader.reports.list == []
    assert reader.driver.counts["refused"] == 1


def test_more_pulses_than_the_ring_holds_never_leave_a_card():
    """The first pulses of an overrun could otherwise pass for a shorter frame."""
    for filled in (90, 91, 101, 102, 116, 127):
        reader = Reader()
        reader.driver.poll(0)
        reader.send(0, filled, 0, 50, 200)
        reader.send(LONGEST_37, 37, 60, 50, 1000)
        reader.bench.stall(150)
        reader.bench.run(60)
        whole = filled + 37 <= 127
        assert reader.reports.take() == ([("card", LONGEST_37, 37)] if whole else []), filled
        assert reader.driver.counts["overruns"] == (not whole)
        reader.send(CARD, 34)
        reader.bench.run(200)
        assert reader.reports.list == [("card", CARD, 34)]


def test_the_ticks_may_wrap_within_a_frame():
    for start_ms in range(0x3FFFFFFF - 140, 0x3FFFFFFF, 7):
        reader = Reader(start_ms)
        reader.send(CARD, 34)
        reader.send(5, 4, 100)
        reader.bench.stall(200)
        reader.bench.run(30)
        assert reader.reports.list == [("card", CARD, 34), ("key", 5)]


def test_silence_counts_from_the_last_pulse_and_not_from_a_late_poll():
    reader = Reader()
    reader.bench.run(1)
    last_ms = reader.bench.now + reader.send(CARD, 34)
    reader.bench.stall(66 + 22)
    reader.bench.run(100)
    assert reader.reports.list == [("card", CARD, 34)]
    assert reader.reports.times[0] - last_ms <= 27


def test_the_interrupt_handlers_allocate_nothing():
    reader = Reader()
    reader.bench.mask()
    one = reader.lines[1]
    handler = one._handler
    handler(None)
    heap_lock()
    try:
        for _ in range(200):
            handler(None)
    finally:
        heap_unlock()
    assert reader.driver.next_deadline() == 0
