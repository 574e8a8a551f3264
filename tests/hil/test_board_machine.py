"""The hardware of an emulated board: pins, clocks, watchdog, sleep and resets, driven from outside.

In virtual time, but for what only real time can show.
"""

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from linli_hil.emulator import EmulatedBoard, Ended, make_image
from linli_hil.emulator.board import STAND_INS_KB

POWER_ON, RESET, WATCHDOG, DEEP_SLEEP = 1, 2, 3, 4
HEADER = "import machine, time, esp32\nfrom machine import Pin\n"

Boards = Callable[..., EmulatedBoard]


@pytest.fixture
def runs() -> Iterator[Boards]:
    """Makes boards that run a program, in virtual time unless told otherwise."""
    made = []

    def run(program: str, **options: Any) -> EmulatedBoard:
        image = make_image({"main.py": (HEADER + program).encode()}, 64)
        options = {"clock": "virtual", "stays_on": True} | options
        made.append(EmulatedBoard(image, {}, heap="1M", **options))
        return made[-1]

    yield run
    for board in made:
        print(board.printed.decode(errors="replace"))
        board.close()


def live(board: EmulatedBoard, ms: int) -> list[str]:
    """Let virtual time pass; return the lines that the board has printed since power-on."""
    until = board.now_us // 1000 + ms
    while board.advance(until) < until:
        pass
    return board.printed.decode().splitlines()


LISTENS = """
pin = Pin(4, Pin.IN, Pin.PULL_UP)
pin.irq(lambda pin: print(time.ticks_us() // 1000 - began, pin.value()), {trigger})
began = time.ticks_ms()
while True:
    time.sleep(1)
"""


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("Pin.IRQ_FALLING | Pin.IRQ_RISING", ["10 0", "15 1", "15 0", "40 1"]),
        ("Pin.IRQ_FALLING", ["10 0", "15 0"]),
        ("Pin.IRQ_RISING", ["15 1", "40 1"]),
    ],
)
def test_edges_come_to_their_handler_each_at_its_time(
    runs: Boards, trigger: str, expected: list[str]
) -> None:
    board = runs(LISTENS.format(trigger=trigger))
    board.power_on()
    live(board, 1)
    began = board.now_us
    assert board.play([(9_500, 4, 0), (4_900, 4, 1), (60, 4, 0), (25_000, 4, 1)]) == began + 39_460
    live(board, 100)
    times = [int(line.split()[0]) for line in board.printed.decode().splitlines()]
    assert [line.split()[1] for line in live(board, 0)] == [each.split()[1] for each in expected]
    for at, wanted in zip(times, expected, strict=True):
        assert abs(at - int(wanted.split()[0])) <= 1


def test_a_handler_that_fails_is_told_of_and_the_program_goes_on(runs: Boards) -> None:
    board = runs("""
Pin(4, Pin.IN).irq(lambda pin: 1 // 0)
time.sleep(1)
print("goes on")
""")
    board.power_on()
    board.drive(4, 0)
    board.play([(1000, 4, 1)])
    printed = live(board, 1500)
    assert "ZeroDivisionError: divide by zero" in printed and printed[-1] == "goes on"


def test_a_pin_that_is_let_go_of_follows_its_pull(runs: Boards) -> None:
    board = runs("""
up, down = Pin(4, Pin.IN, Pin.PULL_UP), Pin(5, Pin.IN, Pin.PULL_DOWN)
while True:
    print(up.value(), down.value())
    time.sleep(1)
""")
    board.power_on(levels={4: 0, 5: 1})
    assert live(board, 900) == ["0 1"]
    board.release(4)
    board.release(5)
    assert live(board, 1000)[-1] == "1 0"
    assert (board.level(4), board.level(5)) == (1, 0)


def test_voltages_and_counts_are_read_as_they_are_set(runs: Boards) -> None:
    board = runs("""
adc, counter = machine.ADC(Pin(34)), machine.Counter(0, Pin(4))
while True:
    print(adc.read_uv(), counter.value())
    time.sleep(1)
""")
    board.count(4, 77)
    board.power_on()
    assert live(board, 500) == ["1500000 0"]
    board.set_adc(34, 1234)
    board.count(4, 1_000_000)
    board.play([(10_000, 4, level) for level in (1, 0, 1, 0)])
    assert live(board, 1000)[-1] == "1234000 1000002"


def test_every_change_of_an_output_is_told_with_its_time(runs: Boards) -> None:
    program = """
relay, lamp = Pin(18, Pin.OUT, value=0), Pin(2, Pin.OUT, value=1)
time.sleep_ms(100)
relay(1)
time.sleep_us(250)
lamp.off()
relay(1)
time.sleep_ms(50)
relay.value(0)
time.sleep(9)
"""
    told = []
    for _ in range(2):
        board = runs(program)
        board.power_on()
        live(board, 1000)
        told.append(board.outputs)
    assert told[0] == told[1]
    assert [each[1:] for each in told[0]] == [(2, 1), (18, 1), (2, 0), (18, 0)]
    times = [each[0] for each in told[0]]
    assert abs(times[1] - times[0] - 100_000) < 20
    assert 250 <= times[2] - times[1] < 270
    assert board.level(2) == board.level(18) == 0


def test_chance_is_the_same_in_every_run_but_not_after_a_restart(runs: Boards) -> None:
    program = (
        "import os\nprint(os.urandom(40).hex())\nif machine.reset_cause() == 1: machine.reset()"
    )
    drawn = []
    for _ in range(2):
        board = runs(program)
        board.power_on()
        drawn += live(board, 10)
    assert len(set(drawn)) == 2 and drawn[:2] == drawn[2:]


def test_time_stops_for_whoever_is_to_react_to_an_output(runs: Boards) -> None:
    board = runs("""
valve, end = Pin(5, Pin.OUT, value=0), Pin(7, Pin.IN)
time.sleep_ms(300)
valve(1)
time.sleep_ms(1)
print(end.value())
time.sleep(9)
""")
    board.power_on(levels={7: 0})
    assert board.advance(5000) == 300
    board.drive(7, 1)
    assert live(board, 100) == ["1"]


def test_a_watchdog_that_is_not_fed_resets_the_board_and_is_gone_then(runs: Boards) -> None:
    board = runs("""
if machine.reset_cause() == machine.WDT_RESET:
    time.sleep(60)
    print("well")
else:
    dog = machine.WDT(timeout=2000)
    for _ in range(3):
        time.sleep(1)
        dog.feed()
    time.sleep(60)
""")
    board.power_on()
    live(board, 4_900)
    assert board.starts == [POWER_ON]
    live(board, 70_000)
    assert board.starts == [POWER_ON, WATCHDOG]
    assert live(board, 0)[-1] == "well"


def test_a_watchdog_bites_in_a_loop_that_never_ends(runs: Boards) -> None:
    board = runs("machine.WDT(timeout=300)\nwhile True: pass", clock="real", stays_on=False)
    board.power_on()
    assert board.wait(20) is Ended.WATCHDOG


CLOCK = """
rtc, cause = machine.RTC(), machine.reset_cause()
print(cause, rtc.datetime()[:7], rtc.memory(), int(time.time()) == time.mktime(time.gmtime()))
if cause == machine.PWRON_RESET:
    rtc.datetime((2026, 5, 4, 0, 12, 0, 0, 0))
    rtc.memory(b"kept")
    time.sleep(2)
    machine.reset()
time.sleep(3)
machine.deepsleep(3600_000)
"""


def test_the_clock_runs_on_through_resets_and_sleep_but_not_without_power(runs: Boards) -> None:
    board = runs(CLOCK)
    board.power_on()
    assert live(board, 10_000) == [
        "1 (2000, 1, 1, 5, 0, 0, 0) b'' True",
        "2 (2026, 5, 4, 0, 12, 0, 2) b'kept' True",
    ]
    assert live(board, 3_600_000)[-1] == "4 (2026, 5, 4, 0, 13, 0, 5) b'kept' True"
    board.power_off()
    live(board, 1_000)
    board.power_on()
    assert live(board, 1_000) == ["1 (2000, 1, 1, 5, 0, 0, 0) b'' True"]


def test_a_brown_out_leaves_the_clock_running(runs: Boards) -> None:
    board = runs("""
rtc = machine.RTC()
print(machine.reset_cause(), rtc.memory(), time.gmtime()[0])
rtc.memory(b"kept")
rtc.datetime((2026, 5, 4, 0, 12, 0, 0, 0))
Pin(2, Pin.OUT, value=1)
time.sleep(60)
""")
    board.power_on()
    assert live(board, 1_000) == ["1 b'' 2000"]
    board.brown_out()
    assert board.level(2) == 0 and board.outputs[-1][1:] == (2, 0)
    assert live(board, 1_000)[-1] == "1 b'kept' 2026"
    assert board.starts == [POWER_ON, POWER_ON]


DEEP = """
lamp = Pin(2, Pin.OUT, value=1)
lamp.init(hold=False)
print(machine.reset_cause(), machine.wake_pins())
esp32.wake_on_ext1((Pin(4), Pin(5)), esp32.WAKEUP_ANY_HIGH)
lamp.init(hold=True)
time.sleep_ms(200)
machine.deepsleep(10_000)
"""


def test_a_pin_or_the_time_ends_a_deep_sleep(runs: Boards) -> None:
    board = runs(DEEP)
    board.power_on(levels={4: 0, 5: 0})
    assert live(board, 5_000) == ["1 ()"]
    assert board.is_asleep and board.level(2) == 1
    board.play([(1_000_000, 5, 1), (300, 5, 0)])
    assert live(board, 2_000)[-1] == "4 (5,)"
    assert live(board, 9_000)[-1] == "4 (5,)"
    assert live(board, 1_000)[-1] == "4 ()"
    assert board.starts == [POWER_ON, DEEP_SLEEP, DEEP_SLEEP]
    # It has held the lamp all the time.
    assert [level for _, pin, level in board.outputs if pin == 2] == [1]


def test_a_deep_sleep_ends_in_real_time_too(runs: Boards) -> None:
    board = runs(DEEP.replace("10_000", "60_000"), clock="real")
    line = board.power_on(levels={4: 0, 5: 0})
    waits(lambda: board.is_asleep)
    board.play([(20_000, 4, 1), (300, 4, 0)])
    waits(lambda: b"4 (4,)" in board.printed)
    waits(lambda: board.is_asleep)
    board.power_off()
    assert board.starts == [POWER_ON, DEEP_SLEEP] and not board.is_asleep
    assert line.fileno() < 0


def waits(condition: Callable[[], object]) -> None:
    """Wait for a condition in real time."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_the_chip_cannot_do_is_refused_as_by_the_port(runs: Boards) -> None:
    board = runs("""
for call in (lambda: esp32.wake_on_ext1((Pin(34),), 1), lambda: machine.RTC().memory(bytes(2049))):
    try:
        call()
    except ValueError as error:
        print(error)
esp32.wake_on_gpio((Pin(4),), 1)
try:
    machine.deepsleep(1000)
except ValueError as error:
    print(error)
""")
    board.power_on()
    assert live(board, 1_000) == [
        "invalid pin",
        "buffer too long",
        "DEEPSLEEP with gpio pins not supported on this chip",
    ]


def test_a_level_ends_a_light_sleep_in_which_no_handler_runs(runs: Boards) -> None:
    board = runs("""
pin = Pin(4, Pin.IN)
pin.irq(lambda pin: print("edge"))
esp32.wake_on_gpio((pin,), esp32.WAKEUP_ALL_LOW)
began = time.ticks_ms()
machine.lightsleep(60_000)
print(time.ticks_ms() - began)
machine.lightsleep(500)
print(time.ticks_ms() - began)
esp32.wake_on_gpio((), esp32.WAKEUP_ALL_LOW)
machine.lightsleep(500)
print(time.ticks_ms() - began)
""")
    board.power_on(levels={4: 1})
    live(board, 1_000)
    board.play([(2_000_000, 4, 0)])
    slept = [int(line) for line in live(board, 5_000)]
    assert slept[0] in (2_999, 3_000)
    assert slept[1] - slept[0] < 2
    assert 500 <= slept[2] - slept[1] < 502


def test_the_line_stays_the_same_and_what_comes_while_nobody_listens_is_lost(runs: Boards) -> None:
    board = runs("""
uart = machine.UART(1)
uart.write(b"up ")
time.sleep(1)
uart.write(uart.read() or b"nothing ")
machine.deepsleep(5_000)
""")
    line = board.power_on()
    line.setblocking(False)
    assert board.advance(10_000) == 0
    line.send(b"heard ")
    live(board, 2_000)
    assert line.recv(99) == b"up heard "
    assert board.is_asleep
    line.send(b"lost")
    live(board, 6_000)
    assert line.recv(99) == b"up nothing "


def test_what_is_on_the_line_is_heard_at_once_even_in_strides(runs: Boards) -> None:
    board = runs("""
import asyncio
uart = machine.UART(1)
async def answers():
    while True:
        heard = uart.read()
        if heard:
            uart.write(b"%d" % (time.ticks_ms() - began))
        await asyncio.sleep_ms(5)
began = time.ticks_ms()
asyncio.run(answers())
""")
    line = board.power_on()
    assert board.advance(40_000, stride_ms=20_000) == 40_000
    line.send(b"?")
    assert board.advance(60_000, stride_ms=20_000) in (40_000, 40_005)
    board.play([(7_500_000, 4, 1)])
    assert board.advance(60_000, stride_ms=20_000) == 60_000


def test_in_strides_of_real_time_a_board_wakes_seldom_but_for_an_edge_at_once(
    runs: Boards,
) -> None:
    program = """
import asyncio
turns = 0
async def looks():
    global turns
    while True:
        turns += 1
        await asyncio.sleep_ms(5)
pin = Pin(4, Pin.IN)
pin.irq(lambda pin: print(pin.value(), turns))
asyncio.run(looks())
"""
    board = runs(program, clock="real", stride_ms=60_000)
    board.power_on()
    # It is exact for a second after it has begun.
    time.sleep(2)
    turns = []
    for level in (1, 0, 1):
        board.drive(4, level)
        while len(board.printed.splitlines()) == len(turns):
            time.sleep(0.01)
        turns.append(int(board.printed.splitlines()[-1].split()[1]))
        time.sleep(2.5)
    # In the second after an edge it looks 200 times, in the one and a half after that not at all.
    assert all(later - sooner < 300 for sooner, later in pairwise(turns))


def test_no_program_outlives_a_power_cut(runs: Boards) -> None:
    board = runs("""
try:
    with open("file", "w") as file:
        file.write("x" * 5000)
except BaseException:
    print("caught")
    machine.reset()
""")
    board.power_on(cut_at=2, torn=True)
    assert board.wait(20) is Ended.POWER_CUT
    assert b"caught" not in board.printed and len(board.history) == 2
    board.power_on()
    live(board, 100)
    assert board.starts == [POWER_ON, POWER_ON]


def test_the_modules_that_stand_for_c_code_have_a_heap_of_their_own(runs: Boards) -> None:
    board = runs("import gc\ngc.collect()\nprint(gc.mem_alloc(), gc.mem_alloc() + gc.mem_free())")
    board.power_on()
    used, whole = (int(each) for each in live(board, 10)[0].split())
    # 1.0 kB in a bare interpreter, less than 1.5 kB for a file system and this program.
    assert 1.0 <= used / 1024 - STAND_INS_KB <= 2.5
    assert whole > 1024 * 1024
