"""Power-up, and what a line full of noise and repetitions does to a board."""

import random

import pytest

from linli_hil.rig.bench import Bench
from linli_hil.rig.interfaces import Line
from linli_protocol import codes, messages
from stories import join, releases, result

KINDS = {
    "door": codes.DOOR,
    "meter": codes.METER,
    "valve_meter": codes.METER,
    "panic": codes.PANIC,
}


@pytest.mark.app(*KINDS)
def test_the_board_joins_after_power_up(bench: Bench) -> None:
    bench.power.off()
    hello = join(bench)
    assert hello["device_kind"] == KINDS[bench.board.app]
    assert hello["reset_cause"] == codes.POWER_ON
    bench.power.off()
    again = join(bench)
    assert again["boots"] == hello["boots"] + 1


class Tap:
    """A line that remembers what went down it."""

    def __init__(self, line: Line) -> None:
        self.sent = b""
        self._line = line

    def read(self) -> bytes:
        return self._line.read()

    def write(self, data: bytes) -> None:
        self.sent += data
        self._line.write(data)


@pytest.mark.app("door")
def test_what_is_played_back_to_the_board_does_nothing(bench: Bench) -> None:
    join(bench)
    tap = Tap(bench.line)
    bench.hub.command(codes.RELEASE_DOOR)
    assert bench.hub.serve(tap, lambda: bench.hub.of(messages.RESULT))
    (released_at,) = releases(bench, 0)
    for _ in range(3):
        bench.line.write(tap.sent)
        bench.pass_time(1_000, is_hub_there=True)
    bench.pass_time(5_000, is_hub_there=True)
    assert releases(bench, 0) == [released_at]
    assert result(bench, bench.hub.command(codes.RELEASE_DOOR)) == codes.DONE
    assert len(releases(bench, 0)) == 2


@pytest.mark.app(*KINDS)
def test_garbage_on_the_line_does_not_stop_the_board(bench: Bench) -> None:
    join(bench)
    noise = random.Random(1)
    for _ in range(20):
        bench.line.write(noise.randbytes(512))
        bench.pass_time(100, is_hub_there=True)
    assert result(bench, bench.hub.command(codes.REPORT_HEALTH)) == codes.DONE
