"""Drivers against plain models of what they do, with edges drawn at random."""

from hypothesis import given
from hypothesis import strategies as st

from linli_firmware.apps.entry import ENTER
from linli_firmware.drivers.edge_counter import STEADY_MS, EdgeCounter
from linli_firmware.drivers.pulse_counter import PulseCounter
from linli_firmware.drivers.wiegand import Wiegand
from linli_protocol.access_list import CARD_FORMATS
from pins import Bench, HardwareCounter, InPin, Reports

BITS = st.one_of(
    [
        st.lists(st.integers(0, 1), min_size=count, max_size=count)
        for count in (1, 4, 4, 8, 25, 26, 34, 37, 38)
    ]
)
KEY_OF_8 = st.integers(0, 15).map(lambda key: [int(bit) for bit in f"{(key ^ 15) << 4 | key:08b}"])


def expected_report(bits):
    """Return what the reader makes of a burst of bits, None when it refuses it."""
    value = int("".join(map(str, bits)), 2)
    if len(bits) in CARD_FORMATS:
        return ("card", value, len(bits))
    if len(bits) == 8 and value >> 4 != ~value & 15:
        return None
    if len(bits) in (4, 8) and value & 15 <= ENTER:
        return ("key", value & 15)
    return None


@given(
    st.lists(
        st.tuples(
            st.one_of(BITS, KEY_OF_8),
            st.floats(0.2, 20),
            st.floats(27, 200),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_a_reader_reports_every_whole_frame_and_no_other(bursts):
    bench = Bench()
    lines = (InPin(bench), InPin(bench))
    reports = Reports()
    reader = Wiegand(*lines, bench.ticks_ms, reports.call("card"), reports.call("key"))
    bench.drivers.append(reader)
    expected = []
    unpolled = 0
    for bits, gap_ms, silence_ms, polled in bursts:
        for number, bit in enumerate(bits):
            bench.pulse(number * (gap_ms + 0.1), lines[bit], 0.1)
        time_ms = len(bits) * (gap_ms + 0.1) + silence_ms
        # A loop that is late for a while, but not for more than the ring holds.
        unpolled = 0 if polled else unpolled + len(bits)
        if unpolled > 100:
            unpolled = 0
        (bench.stall if unpolled else bench.run)(time_ms)
        expected.append(expected_report(bits))
    bench.run(50)
    assert reports.list == [each for each in expected if each]
    assert reader.counts["refused"] == expected.count(None)


@given(st.lists(st.tuples(st.integers(1, 3 * STEADY_MS), st.booleans()), max_size=60))
def test_an_edge_counter_counts_the_steady_closures(dwells):
    bench = Bench()
    pin = InPin(bench)
    counter = EdgeCounter(pin, bench.ticks_ms)
    bench.run(STEADY_MS)
    steady = level = closures = 0
    for dwell_ms, is_read in dwells:
        level = 1 - level
        pin.move(level)
        bench.run(dwell_ms)
        if dwell_ms >= STEADY_MS and level != steady:
            steady = level
            closures += level
        if is_read:
            assert counter.value() == closures
    assert counter.value() == closures


@given(
    st.sampled_from([(0, 65535), (-32768, 32767), (0, 31999), (0, (1 << 24) - 1)]),
    st.sampled_from([1, 4]),
    st.lists(st.integers(-15_999, 15_999), max_size=40),
)
def test_a_pulse_counter_accounts_for_every_count(limits, steps, moves):
    low, high = limits
    bench = Bench()
    counter = HardwareCounter(low, high)
    totals = {"forward": 0, "reverse": 0}

    def report(name):
        def add(pulses, now):
            assert pulses > 0
            totals[name] += pulses

        return add

    bench.drivers.append(
        PulseCounter(counter, report("forward"), report("reverse"), high - low + 1, steps)
    )
    position = 0
    for move in moves:
        counter.count(move)
        position += move
        bench.run(1000)
        rest = position - (totals["forward"] - totals["reverse"]) * steps
        assert abs(rest) < steps
