"""A water meter: no pulse is lost, and a leak is told in its time."""

import random

import pytest

from linli_hil.rig.bench import Bench
from linli_protocol import codes, messages
from stories import HOUR_MS, events, join, result

pytestmark = pytest.mark.app("meter", "valve_meter")

PULSES = 1_000_000
CUTS = 25
FEW = 5
# The driver takes what was counted once a second; what is not taken yet goes with the power.
TAKEN_MS = 1_500
LEAK_H = 24


def volume_l(bench: Bench) -> int:
    """Have the meter read, and return its register."""
    known = len(bench.hub.of(messages.READING))
    assert result(bench, bench.hub.command(codes.READ_NOW)) == codes.DONE
    assert bench.serve(lambda: len(bench.hub.of(messages.READING)) > known)
    volume: int = bench.hub.of(messages.READING)[-1]["volume_l"]
    return volume


def test_a_million_pulses_outlive_power_cuts_and_brown_outs(bench: Bench) -> None:
    join(bench)
    before = volume_l(bench)
    chance = random.Random(1)
    left = PULSES
    for cut in range(CUTS):
        count = left if cut == CUTS - 1 else chance.randrange(2 * left // (CUTS - cut))
        # Many at once, and some that are taken by themselves.
        for part in (max(count - FEW, 0), min(count, FEW)):
            bench.pins.pulse("pulse", part)
            bench.pass_time(TAKEN_MS + chance.randrange(1_000), is_hub_there=True)
        left -= count
        if cut % 5 == 4:
            bench.power.brown_out()
        else:
            bench.power.off()
            bench.power.on()
        bench.pass_time(2_000, is_hub_there=True)
    assert left == 0
    assert volume_l(bench) - before == PULSES


def test_water_that_never_stops_for_a_day_is_a_leak(bench: Bench) -> None:
    join(bench)
    began = bench.clock.now_ms()
    while not events(bench, codes.LEAK):
        hours = (bench.clock.now_ms() - began) / HOUR_MS
        assert hours < LEAK_H + 2, "no leak is told"
        bench.pins.pulse("pulse", 1)
        bench.clock.pass_time(HOUR_MS // 2 - 10_000)
        bench.pass_time(10_000, is_hub_there=True)
    assert (bench.clock.now_ms() - began) / HOUR_MS >= LEAK_H - 1
    assert bench.hub.of(messages.READING)[-1]["flags"] & codes.FLAG_LEAK


def test_a_battery_at_its_end_is_told(bench: Bench) -> None:
    bench.pins.set_voltage("battery_adc", 1_800)
    join(bench)
    bench.pass_time(5_000, is_hub_there=True)
    assert not events(bench, codes.BATTERY_LOW)
    bench.pins.set_voltage("battery_adc", 1_600)
    bench.clock.pass_time(HOUR_MS)
    assert bench.serve(lambda: events(bench, codes.BATTERY_LOW))
    assert events(bench, codes.BATTERY_LOW)[0]["detail"] == pytest.approx(3_200, abs=50)
