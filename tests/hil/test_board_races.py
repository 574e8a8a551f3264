"""Whoever does something to an emulated board, and whenever: it is on or off, and whole."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import emulated
from linli_hil.emulator import EmulatedBoard, Ended, make_image, read_image

Boards = Callable[..., EmulatedBoard]
RESTS = "while True: time.sleep(1)"


@pytest.fixture
def runs() -> Iterator[Boards]:
    """Makes boards that run a program, in real time unless told otherwise."""
    made = []

    def run(program: str, **options: Any) -> EmulatedBoard:
        main = f"import machine, time\nprint('up')\n{program}\n"
        made.append(EmulatedBoard(make_image({"main.py": main.encode()}, 16), {}, "1M", **options))
        return made[-1]

    yield run
    for board in made:
        print(board.printed.decode(errors="replace"))
        board.close()


def reads(board: EmulatedBoard, wanted: bytes) -> bytes:
    """Return what comes over the console, up to `wanted`."""
    assert board.console is not None
    board.console.settimeout(20)
    found = b""
    while wanted not in found:
        piece = board.console.recv(4096)
        assert piece, found
        found += piece
    return found


@contextmanager
def over_and_over(do: Callable[[], object]) -> Iterator[None]:
    """Have something done in another thread all the time; what it raises comes out here."""
    stopped = threading.Event()
    failed = []

    def again() -> None:
        try:
            while not stopped.is_set():
                do()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=again)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        sys.setswitchinterval(interval)
    if failed:
        raise failed[0]


def test_a_board_outlives_the_thread_that_has_switched_it_on(runs: Boards) -> None:
    board = runs(RESTS)

    def switch_on() -> None:
        board.power_on()
        emulated.comes(lambda: b"up" in board.printed)

    thread = threading.Thread(target=switch_on)
    thread.start()
    thread.join()
    with pytest.raises(TimeoutError):
        board.wait(0.2)
    assert board.printed == b"up\n"


def test_a_board_that_resets_is_neither_gone_nor_asleep(runs: Boards) -> None:
    board = runs("machine.reset()", stays_on=True)
    seen = set()

    def look() -> None:
        seen.add((board.is_on, board.is_asleep))
        assert board.account.get("Pid", "") != "0"
        board.listens()

    board.power_on()
    with over_and_over(look):
        assert emulated.comes(lambda: len(board.starts) > 20)
    assert seen == {(True, False)}


def test_no_dip_of_the_voltage_brings_back_a_board_without_power(runs: Boards) -> None:
    board = runs(RESTS, stays_on=True)
    board.power_on()
    with over_and_over(board.brown_out):
        assert emulated.comes(lambda: len(board.starts) > 3)
        cut = threading.Thread(target=board.power_off, daemon=True)
        cut.start()
        cut.join(20)
        is_cut = not cut.is_alive()
    board.power_off()
    assert is_cut and not board.is_on


def test_a_watchdog_does_not_bite_while_it_is_being_set(runs: Boards) -> None:
    board = runs("""
import utime
machine.Pin(4, machine.Pin.IN).irq(lambda pin: utime.sleep_ms(300))
print("ready")
# Time in which the board does not look at its pins: the handler runs when the watchdog looks.
utime.sleep_ms(500)
machine.WDT(timeout=20_000)
print("set")
""")
    board.drive(4, 0)
    board.power_on()
    assert emulated.comes(lambda: b"ready" in board.printed)
    board.drive(4, 1)
    assert board.wait(20) is Ended.ENDED
    assert b"set" in board.printed


def test_ctrl_c_does_no_harm_to_a_board_that_is_about_to_start(runs: Boards) -> None:
    for _ in range(5):
        board = runs(RESTS)
        board.power_on(prompt="friendly")
        while not board.interrupt():
            assert board.is_on
        assert b"Traceback" in reads(board, b">>> ")


def test_ctrl_c_does_no_harm_to_a_program_that_is_about_to_shut_it_out(runs: Boards) -> None:
    board = runs("""
import micropython
micropython.kbd_intr(-1)
print("ready")
for _ in range(3):
    try:
        while True:
            micropython.kbd_intr(3)
            micropython.kbd_intr(-1)
    except KeyboardInterrupt:
        print("broken into")
""")
    board.power_on()
    assert emulated.comes(lambda: b"ready" in board.printed)
    with over_and_over(board.interrupt):
        assert board.wait(60) is Ended.ENDED
    assert board.printed.count(b"broken into") == 3


def test_a_board_that_cannot_be_started_is_off(
    runs: Boards, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = runs("")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(FileNotFoundError):
            board.power_on()
    assert not board.is_on and board.starts == []
    board.power_on()
    assert board.wait(20) is Ended.ENDED


def test_the_flash_can_be_read_while_the_board_writes_to_it(runs: Boards) -> None:
    board = runs("""
for number in range(1500):
    with open("file", "wb") as file:
        file.write(bytes([number % 256]) * 3000)
""")
    board.power_on()
    with over_and_over(lambda: board.flash):
        assert board.wait(60) is Ended.ENDED
    assert read_image(board.flash)["file"] == bytes([1499 % 256]) * 3000


def test_a_board_killed_in_virtual_time_is_without_power(runs: Boards) -> None:
    board = runs(RESTS, clock="virtual", stays_on=True)
    board.power_on()
    assert board.advance(100) == 100
    process = int(board.account["Pid"])
    os.kill(process, signal.SIGKILL)
    assert emulated.comes(lambda: board.account.get("State", "Z").startswith("Z"))
    assert board.advance(5_000) == 5_000
    assert not board.is_on and board.wait() is Ended.POWER_CUT
