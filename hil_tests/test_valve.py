"""A meter's valve: turned to its ends, given up where it sticks, and finished after a power cut."""

import pytest

from linli_hil.rig.bench import Bench
from linli_protocol import codes, messages
from stories import events, join, result

pytestmark = pytest.mark.app("valve_meter")

ENDS = ("end_open", "end_closed")
MOTORS = ("valve_open", "valve_close")
TURN_MS = 3_000
TRAVEL_S = 30


def arrives(bench: Bench, end: str) -> None:
    """Have the valve at one of its ends."""
    for each in ENDS:
        bench.pins.drive(each, int(each == end))


def turns(bench: Bench, motor: str) -> bool:
    """Return whether the motor turns that way, and that way only."""
    return [bench.pins.state(each) for each in MOTORS] == [int(each == motor) for each in MOTORS]


def stands(bench: Bench) -> bool:
    return not any(bench.pins.state(each) for each in MOTORS)


def flags(bench: Bench) -> int:
    """Return the flags of the newest reading, 0 before the first."""
    readings = bench.hub.of(messages.READING)
    return readings[-1]["flags"] if readings else 0


def begin_to_close(bench: Bench) -> None:
    """Have an open valve leave its end for the other."""
    join(bench)
    arrives(bench, "end_open")
    bench.pass_time(1_000, is_hub_there=True)
    assert stands(bench)
    bench.hub.heard.clear()
    assert result(bench, bench.hub.command(codes.CLOSE_VALVE)) == codes.DONE
    assert bench.serve(lambda: turns(bench, "valve_close"))
    arrives(bench, "neither")


def test_the_hub_shuts_the_water_off_and_lets_it_in_again(bench: Bench) -> None:
    begin_to_close(bench)
    bench.pass_time(TURN_MS, is_hub_there=True)
    assert turns(bench, "valve_close")
    arrives(bench, "end_closed")
    assert bench.serve(lambda: events(bench, codes.VALVE_CLOSED))
    assert stands(bench)
    assert bench.serve(lambda: flags(bench) & codes.FLAG_VALVE_CLOSED)
    bench.hub.command(codes.OPEN_VALVE)
    assert bench.serve(lambda: turns(bench, "valve_open"))
    arrives(bench, "neither")
    bench.pass_time(TURN_MS, is_hub_there=True)
    arrives(bench, "end_open")
    assert bench.serve(lambda: events(bench, codes.VALVE_OPENED))
    assert stands(bench)
    assert bench.serve(lambda: not flags(bench) & codes.FLAG_VALVE_CLOSED)


def test_a_valve_that_does_not_arrive_is_told_and_its_motor_stops(bench: Bench) -> None:
    begin_to_close(bench)
    bench.pass_time((TRAVEL_S - 2) * 1000, is_hub_there=True)
    assert turns(bench, "valve_close") and not events(bench, codes.VALVE_STALLED)
    assert bench.serve(lambda: events(bench, codes.VALVE_STALLED), 10)
    assert bench.serve(lambda: stands(bench))
    bench.pass_time(TRAVEL_S * 1000, is_hub_there=True)
    assert stands(bench)


def test_a_travel_that_a_power_cut_ends_is_finished_after_it(bench: Bench) -> None:
    begin_to_close(bench)
    bench.power.off()
    bench.power.on()
    assert bench.serve(lambda: turns(bench, "valve_close"))
    arrives(bench, "end_closed")
    assert bench.serve(lambda: events(bench, codes.VALVE_CLOSED))
    assert stands(bench)
