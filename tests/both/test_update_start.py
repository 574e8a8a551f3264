"""boot.py and main.py together: images that work, raise, hang or never confirm.

The slots hold real code on a real file system: LittleFS on MicroPython, a folder on CPython.
"""

import os
import sys

from lfs_flash import HAS_LITTLEFS, MOUNT, Flash
from linli_firmware.update.manifest import HEAD
from linli_firmware.update.record import TRIES
from linli_firmware.update.slot_files import SlotFiles
from linli_protocol import codes
from updates import NEW, OLD, Board, bundle, install

sys.path.append(__file__.rpartition("/")[0] + "/../../firmware")
import boot

WORKS = b"def run(confirm):\n    confirm()\n    return %d\n"
RAISES = b"raise ValueError('a fault at the start')\n"
HANGS = b"def run(confirm):\n    raise SystemExit('the watchdog')\n"
NEVER_CONFIRMS = b"def run(confirm):\n    return %d\n"


class Machine:
    """What boot.py uses of the module `machine`."""

    DEEPSLEEP_RESET = 4

    def __init__(self, cause=1):
        self.cause = cause
        self.watchdogs = []

    def reset_cause(self):
        return self.cause

    def WDT(self, timeout):
        self.watchdogs.append(timeout)


class Device:
    """A board that runs OLD, which works, and has verified NEW with the code `new`."""

    def __init__(self, new):
        if HAS_LITTLEFS:
            self.flash = Flash(40)
            self.flash.format()
            self.flash.mount()
            self.root = MOUNT
        else:
            import tempfile

            self.flash = None
            self.root = tempfile.mkdtemp()
        board = Board([SlotFiles(self.root + "/" + name) for name in ("slots", "a", "b")])
        install(board.folders[1], bundle({"image_app.py": WORKS % OLD}, VERSION=OLD))
        board.boot()
        board.confirm()
        self.new = bundle({"image_app.py": new, "image/part.py": b"x = 1\n"})
        assert board.take(self.new) == codes.UPDATE_VERIFIED
        self.board = board
        self.machine = None

    def restart(self, cause=1):
        """Start as a chip does: boot.py, then main.py; return what runs, None for a crash."""
        modules = dict(sys.modules)
        path = list(sys.path)
        for name in ("image_app", "image"):
            sys.modules.pop(name, None)
        self.machine = Machine(cause)
        try:
            boot.start(self.machine, self.root)
            assert not [name for name in sys.modules if name.startswith("linli_")]
            folder = sys.path[0]
            try:
                return __import__("image_app").run(lambda: self.confirm(folder))
            except (ValueError, SystemExit, ImportError):
                return None
        finally:
            sys.path[:] = path
            for name in modules:
                sys.modules[name] = modules[name]

    def confirm(self, folder):
        board = Board(self.board.folders)
        board.slot = "ab".index(folder[-1])
        from linli_firmware.update.record import Record

        Record(board.folders[0]).confirm(board.slot)

    def offer(self):
        """Let the hub offer NEW once more; return the answer."""
        self.board.boot()
        return self.board.send(self.new, 0)[-1][1]

    def end(self):
        if self.flash:
            self.flash.unmount()


def test_an_image_that_works_runs_from_the_next_start_on():
    device = Device(WORKS % NEW)
    assert [device.restart() for _ in range(5)] == [NEW] * 5
    assert device.offer() == codes.UPDATE_RUNNING
    device.end()


def test_the_watchdog_runs_for_an_image_on_trial_before_it_gets_control():
    device = Device(WORKS % NEW)
    device.restart()
    assert device.machine.watchdogs == [boot.WATCHDOG_MS]
    device.restart()
    assert device.machine.watchdogs == []
    device.end()


def test_an_image_that_raises_hangs_or_never_confirms_is_rolled_back_for_good():
    for new, shown in ((RAISES, None), (HANGS, None), (NEVER_CONFIRMS % NEW, NEW)):
        device = Device(new)
        runs = [device.restart() for _ in range(TRIES + 3)]
        assert runs == [shown] * TRIES + [OLD] * 3
        assert device.offer() == codes.UPDATE_FAILED
        assert device.restart() == OLD
        device.end()


def test_a_trial_goes_on_over_deep_sleep_and_ends_there_too():
    device = Device(NEVER_CONFIRMS % NEW)
    runs = [device.restart(Machine.DEEPSLEEP_RESET) for _ in range(TRIES + 1)]
    assert runs == [NEW] * TRIES + [OLD]
    device.end()


def test_files_are_checked_at_each_start_but_that_from_deep_sleep():
    device = Device(WORKS % NEW)
    device.restart()
    device.board.folders[2].remove("image/part.py")
    assert device.restart(Machine.DEEPSLEEP_RESET) == NEW
    assert device.restart() == OLD
    device.end()


def test_without_any_slot_the_path_is_left_as_it_was():
    device = Device(WORKS % NEW)
    for folder in device.board.folders[1:]:
        folder.remove(HEAD)
    path = list(sys.path)
    assert device.restart() is None
    assert sys.path == path
    device.end()


def test_a_flash_that_cannot_be_used_at_all_stops_nothing():
    path = list(sys.path)
    modules = dict(sys.modules)
    machine = Machine()
    boot.start(machine, "/nowhere/at/all")
    for name in modules:
        sys.modules[name] = modules[name]
    assert sys.path == path and not machine.watchdogs
    assert "nowhere" not in os.listdir("/")
