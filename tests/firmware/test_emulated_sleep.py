"""The board's side of sleep in a real MicroPython: what ends it, and what the restart finds."""

from pathlib import Path

import emulated
import linli_firmware
from linli_hil.emulator import EmulatedBoard, Ended, make_image

BOARDS = Path(str(linli_firmware.__file__)).parent / "boards"

PROBE = b"""
import sys
sys.path.append("/lib")
import machine
from linli_firmware.boards.esp32 import Board

board = Board().sleeping()
if board.reset_cause() == machine.DEEPSLEEP_RESET:
    button, magnet = board.pin_in(4), board.pin_in(5)
    print("awoken", button.value(), button.value(), magnet.value(), board.retained.read())
    sys.exit()

edges = []
button, magnet, lamp = board.pin_in(4), board.pin_in(5), board.pin_out(6, 1)
button.irq(lambda pin: edges.append(pin.value()))
board.wakers += [4, 5]
print("pins", board.ends_deep_sleep(4), board.can_wake(), button.value())
print("light", board.light_sleep(60000), edges, board.can_wake(), lamp is board._outputs[6])
print("light", board.light_sleep(10), edges)
print("light", board.light_sleep(60000), edges)
board.retained.write(b"kept")
board.deep_sleep(3600000)
"""


def test_an_input_ends_a_sleep_and_is_active_once_more_after_the_restart() -> None:
    content = {"main.py": PROBE, "lib/linli_firmware/__init__.py": b""}
    for file in BOARDS.glob("*.py"):
        content[f"lib/linli_firmware/boards/{file.name}"] = file.read_bytes()
    board = EmulatedBoard(make_image(content, 128), emulated.IDENTITY, heap="1M", stays_on=True)
    try:
        board.power_on()
        assert emulated.comes(lambda: b"pins True True 0" in board.printed)
        board.drive(4, 1)
        assert emulated.comes(lambda: b"light False [1]" in board.printed)
        assert b"light True [1] False True" in board.printed
        board.drive(4, 0)
        assert emulated.comes(lambda: b"light True [1, 0]" in board.printed)
        assert emulated.comes(lambda: board.is_asleep)
        assert board.level(6) == 1
        # A press that is over before the firmware has started.
        board.play([(0, 4, 1), (1000, 4, 0)])
        assert board.wait(20) is Ended.ENDED
        assert b"awoken 1 0 0 b'kept'" in board.printed
        assert board.starts == [1, 4]
    finally:
        print(board.printed.decode(errors="replace"))
        board.close()
