"""A panic button: how soon a press is on the line, and that it outlives an outage."""

from collections.abc import Callable

import pytest

from linli_hil.rig.bench import Bench
from linli_protocol import codes, messages
from stories import HOUR_MS, join, need_clock_of_its_own

pytestmark = pytest.mark.app("panic")

FRAME_LIMIT_MS = 100
OUTAGE_MS = 2 * HOUR_MS


def lit(bench: Bench) -> list[int]:
    """Return when the lamp has been switched on."""
    return [at for at, name, state in bench.pins.changes() if name == "led" and state]


def test_a_press_is_on_the_line_within_100_ms(
    bench: Bench, record_property: Callable[[str, object], None]
) -> None:
    need_clock_of_its_own(bench)
    join(bench)
    bench.pass_time(2_000, is_hub_there=True)
    while bench.line.read():
        pass
    began = bench.clock.now_ms()
    bench.pins.drive("button", 1)
    while not bench.line.read():
        assert bench.clock.now_ms() - began <= FRAME_LIMIT_MS
        bench.clock.pass_time(1)
    record_property("press_to_frame_ms", bench.clock.now_ms() - began)
    bench.pins.drive("button", 0)


def test_a_press_in_an_outage_reaches_the_centre_after_it(bench: Bench) -> None:
    join(bench)
    bench.pass_time(60_000)
    dark = len(lit(bench))
    bench.pins.drive("button", 1)
    bench.pass_time(500)
    bench.pins.drive("button", 0)
    bench.pass_time(OUTAGE_MS)
    assert len(lit(bench)) > dark, "the lamp does not answer the press"
    assert bench.serve(lambda: bench.hub.of(messages.ALARM), 120)
    (incident,) = [each for each in bench.hub.hub.incidents() if each.open]
    assert incident.cause == codes.PRESS
    bench.hub.hub.set_alarm_state(bench.hub.device, incident.number, codes.CLOSED, bench.hub.now)
    bench.pass_time(60_000, is_hub_there=True)
    assert len(bench.hub.of(messages.ALARM)) == 1
    shown = len(lit(bench))
    bench.pass_time(30_000, is_hub_there=True)
    assert len(lit(bench)) == shown, "the lamp goes on after the end"
