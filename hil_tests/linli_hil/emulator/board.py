"""An emulated board from the host's side: its flash and key storage, its power, its pins and lines.

In real time a thread keeps the board: it ends the process when the board says so or its watchdog
bites, and starts it anew where a real board would. In virtual time `advance` does all that.
"""

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import Literal

from . import registers
from .chip import Change, Chip
from .launch import NAME
from .rom import rom

LAUNCH = Path(__file__).parent / "launch.py"
# What stands for 96 kB of heap on a 32-bit board.
HEAP = "192K"
# What the modules of micropython/, which are C on a real board, take of the heap: it comes on top.
STAND_INS_KB = 17
_NVS_BYTES = 4096
# How often the keeper looks at the watchdog.
_LOOK_S = 0.05
# A board for which no time passes for so long, in real time, hangs.
_HANG_S = 15.0
# The signal tears MicroPython out of whatever it does, its C code included. So it is sent while the
# process waits for something, if that happens soon; and another only when it is over the first.
_INTERRUPT_PATIENCE_S = 0.25
_INTERRUPTS_APART_S = 0.1
_OFF = b"\x00"
_ASKS = b"\x01"
Prompt = Literal["none", "friendly", "raw"]


class Ended(IntEnum):
    """How a run of the board ended."""

    ENDED = registers.FINISHED
    CRASHED = registers.CRASHED
    RESET = registers.RESET
    POWER_CUT = registers.POWER_CUT
    WATCHDOG = registers.WATCHDOG
    DEEP_SLEEP = registers.DEEP_SLEEP
    BROWN_OUT = registers.BROWN_OUT

    @classmethod
    def _missing_(cls, value: object) -> "Ended":
        """Killed, or ended by a program's sys.exit(number): a soft reset to a board."""
        return cls.POWER_CUT if isinstance(value, int) and value < 0 else cls.ENDED


# codes of linli_protocol for the next start, by how the last run ended; MicroPython's port has one
# for power-on and brown-out.
POWER_ON = 1
_CAUSES = {
    Ended.POWER_CUT: POWER_ON,
    Ended.BROWN_OUT: POWER_ON,
    Ended.RESET: 2,
    Ended.CRASHED: 2,
    Ended.WATCHDOG: 3,
    Ended.DEEP_SLEEP: 4,
    Ended.ENDED: 5,
}
# What a board comes back from by itself.
_RESETS = (Ended.RESET, Ended.WATCHDOG, Ended.DEEP_SLEEP, Ended.BROWN_OUT)


class EmulatedBoard:
    """A board with the flash image `image` and its key storage `nvs` ("namespace/key" to bytes).

    `heap` is what the firmware has, as micropython's option -X heapsize takes it.

    With `stays_on` it starts anew after a reset, and after a deep sleep when its time is over or a
    pin wakes it, as long as it has power; otherwise it is then off until `power_on`. With virtual
    time it lives only while `advance` runs.

    Flash, key storage and registers live in files without names that the process inherits open: it
    sees no path of the host. `flash` and `nvs` may be read at any time while it is off.
    """

    def __init__(
        self,
        image: bytes,
        nvs: dict[str, bytes],
        heap: str = HEAP,
        stays_on: bool = False,
        clock: Literal["real", "virtual"] = "real",
    ) -> None:
        self._heap = heap
        self._stays_on = stays_on
        self._is_virtual = clock == "virtual"
        self._flash = tempfile.TemporaryFile()  # noqa: SIM115 closed in close()
        self._flash.write(image)
        self._history = tempfile.TemporaryFile()  # noqa: SIM115
        self._nvs = tempfile.TemporaryFile()  # noqa: SIM115
        stored = json.dumps({key: value.hex() for key, value in nvs.items()}).encode()
        self._nvs.write(stored.ljust(_NVS_BYTES, b"\xff"))
        # All that the process can open, and empty.
        self._folder = tempfile.TemporaryDirectory(prefix="linli-board-")
        Path(self._folder.name).chmod(0o755)
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115
        self._chip = Chip(self._is_virtual)
        self.console: socket.socket | None = None
        self.starts: list[int] = []
        self._changed = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._bell: socket.socket | None = None
        self._asks = False
        self._is_on = False
        self._ended = Ended.POWER_CUT
        self._forced: Ended | None = None
        self._keeper: threading.Thread | None = None
        self._line: socket.socket | None = None
        # The board's ends of the line, of the console and of what is typed without one.
        self._inherited: list[socket.socket] = []
        self._keys: socket.socket | None = None
        self._arguments: list[int] = []
        self._prompt: Prompt = "none"
        self._interrupted = 0.0

    @property
    def flash(self) -> bytes:
        """The content of the flash."""
        self._flash.seek(0)
        return self._flash.read()

    @property
    def nvs(self) -> bytes:
        """The content of the key storage."""
        self._nvs.seek(0)
        return self._nvs.read()

    @property
    def printed(self) -> bytes:
        """What the board has printed on its console since it was last switched on."""
        return os.pread(self._printed.fileno(), 1 << 20, 0)

    @property
    def history(self) -> list[tuple[int, bytes]]:
        """The programs and erases of the flash since it was last switched on: address, bytes."""
        data = os.pread(self._history.fileno(), 1 << 28, 0)
        changes = []
        at = 0
        while at < len(data):
            address, length = struct.unpack_from("<II", data, at)
            at += 8 + length
            changes.append((address, data[at - length : at]))
        return changes

    @property
    def account(self) -> dict[str, str]:
        """What the host's kernel says of the board's process: Uid, CapEff, ...; {} without one."""
        with self._changed:
            if self._process is None:
                return {}
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        return dict(line.split(":\t", 1) for line in status.splitlines())

    # Pins, seen from outside. What is connected stays so, whether the board is on or not.

    def drive(self, pin: int, level: int) -> None:
        """Connect a pin to 0 or 1, now."""
        self._connect(pin, level)

    def release(self, pin: int) -> None:
        """Leave a pin to its pull, now."""
        self._connect(pin, registers.FLOATING)

    def play(self, steps: Iterable[Change]) -> int:
        """Play edges, each (wait in us after the one before, pin, level).

        Return when, by `now_us`, the last of them is. What is played while something else plays
        follows it. The board sees every edge at its own time, late as it may be itself.
        """
        with self._changed:
            until = self._chip.plan(steps)
            self._ring()
            return until

    def set_adc(self, pin: int, millivolts: int) -> None:
        """Set the voltage at an analogue input."""
        self._chip.set_adc(pin, millivolts)

    def count(self, pin: int, pulses: int) -> None:
        """Have a hardware counter at a pin count pulses, faster than could be played."""
        self._chip.count(pin, pulses)

    def level(self, pin: int) -> int:
        """Return the level of a pin."""
        return self._chip.level(pin)

    @property
    def outputs(self) -> list[Change]:
        """The changes of outputs since power-on: (time by `now_us`, pin, level)."""
        return self._chip.changes()

    @property
    def now_us(self) -> int:
        """The board's clock in us: time.monotonic() of the host, or virtual time."""
        return self._chip.now_us

    @property
    def is_on(self) -> bool:
        """Whether the board has power."""
        return self._is_on

    @property
    def line(self) -> socket.socket | None:
        """The host's end of the serial line, None while the board is off."""
        return self._line

    @property
    def is_asleep(self) -> bool:
        """Whether the board is in a deep sleep."""
        with self._changed:
            return self._is_on and self._process is None

    # Power.

    def power_on(
        self,
        cut_at: int = 0,
        torn: bool = False,
        levels: dict[int, int] | None = None,
        prompt: Prompt = "none",
    ) -> socket.socket:
        """Start the board and return the host's end of its serial line.

        Power fails at the `cut_at`-th program or erase of the flash from now, half done if `torn`.
        `levels` are of pins to `drive` before. With a `prompt` the host's end of the console is
        `console`, and main.py ends at the prompt; at a raw one the board does not run it.
        """
        assert not self._is_on, "the board is on"
        self._hang_up()
        for pin, level in (levels or {}).items():
            self.drive(pin, level)
        self._chip.forget_changes()
        if self._ended is Ended.POWER_CUT:
            self._chip.lose_power()
        for file in (self._flash, self._nvs):
            file.flush()
        for file in (self._printed, self._history):
            file.seek(0)
            file.truncate()
        self._line, line = socket.socketpair()
        line.setblocking(False)
        ours, keys = socket.socketpair()
        self._inherited = [line, keys]
        self.console, self._keys = (None, ours) if prompt == "none" else (ours, None)
        self._arguments = [cut_at, int(torn)]
        self._prompt = prompt
        self._is_on = True
        self._forced = None
        self._start(_CAUSES[self._ended])
        if not self._is_virtual:
            self._keeper = threading.Thread(target=self._keep, daemon=True)
            self._keeper.start()
        return self._line

    def type(self, keys: bytes) -> None:
        """Type at the console of a board that was switched on without a prompt."""
        assert self._keys is not None, "the board is off"
        self._keys.sendall(keys)

    def listens(self) -> bool:
        """Tell whether what is typed now is read: MicroPython runs, and has not just begun to."""
        return self.account.get("Name") == NAME

    def interrupt(self) -> bool:
        """Break into what runs; False: MicroPython takes ctrl-C for a byte like any other now."""
        end = time.monotonic() + _INTERRUPT_PATIENCE_S
        while self._hears_signal() and self.account.get("State", "").startswith("R"):
            if time.monotonic() > end:
                break
            time.sleep(0.001)
        with self._changed:
            if self._process is None or not self._hears_signal():
                return False
            now = time.monotonic()
            if now - self._interrupted > _INTERRUPTS_APART_S:
                self._interrupted = now
                self._process.send_signal(signal.SIGINT)
            return True

    def _hears_signal(self) -> bool:
        return bool(int(self.account.get("SigCgt", "0"), 16) >> (signal.SIGINT - 1) & 1)

    def wait(self, timeout_s: float = 60) -> Ended:
        """Wait until the board goes off by itself and return how; TimeoutError if it does not.

        In virtual time that is how long it lives at most.
        """
        if self._is_virtual:
            end_ms = self.now_us // 1000 + int(timeout_s * 1000)
            while self._is_on and self.advance(end_ms) < end_ms:
                pass
        with self._changed:
            if not self._changed.wait_for(
                lambda: not self._is_on, 0 if self._is_virtual else timeout_s
            ):
                raise TimeoutError(f"the board is still on after {timeout_s} s")
        self._hang_up()
        return self._ended

    def power_off(self) -> None:
        """Cut the power now; what the flash holds stays, the RTC's time and memory go."""
        self._force(Ended.POWER_CUT)
        self._hang_up()

    def brown_out(self) -> None:
        """Have the voltage sag: the board resets, but its RTC goes on."""
        self._force(Ended.BROWN_OUT)

    def close(self) -> None:
        """Cut the power and throw the board away."""
        self.power_off()
        for file in (self._flash, self._history, self._nvs, self._printed, self._chip):
            file.close()
        self._folder.cleanup()

    # Virtual time.

    def advance(self, until_ms: int, stride_ms: int = 0) -> int:
        """Let the board live until `until_ms`, or until it has changed its line or an output.

        Return the time in ms, the last one that is over. The host may then do something at that
        very time, and go on. With a stride, a board that waits for something to happen is woken
        only then, or after that time: what it does of itself may come so much late. For a second
        after an edge at an input, or what arrives over the line, it is exact.
        """
        assert self._is_virtual, "the board lives in real time"
        until = until_ms * 1000
        self._chip.words[registers.STRIDE] = stride_ms * 1000
        while self._is_on and self.now_us < until:
            if self._process is None:
                if not self._chip.doze(until):
                    break
                self._start(_CAUSES[self._ended])
            ended = self._live(until)
            if ended is not None:
                self._end(ended)
            elif self._chip.words[registers.STIRRED]:
                return self.now_us // 1000
        if not self._is_on:
            self._chip.words[registers.NOW] = max(until, self.now_us)
        return self.now_us // 1000

    def _live(self, until: int) -> Ended | None:
        """Let a process run until it asks for more than `until`; return how it ended, if it did."""
        words = self._chip.words
        if not self._asks and (ended := self._hear()) is not None:
            return ended
        words[registers.STIRRED] = 0
        words[registers.GRANTED] = until
        assert self._bell is not None
        self._bell.send(_ASKS)
        return self._hear()

    def _hear(self) -> Ended | None:
        """Wait for a board that runs to ask for time; return how it ended if it does not."""
        assert self._bell is not None
        self._asks = False
        at = -1
        while not select.select([self._bell], [], [], _HANG_S)[0]:
            if at != self.now_us:
                at = self.now_us
                continue
            if not self._chip.words[registers.WATCHDOG_US]:
                raise TimeoutError(f"the board hangs at {at} us")
            bite = self._chip.words[registers.WATCHDOG_AT]
            self._chip.words[registers.NOW] = max(bite, self.now_us)
            return self._kill(Ended.WATCHDOG)
        said = self._bell.recv(1)
        self._asks = said == _ASKS
        return None if self._asks else self._how_it_ended(said)

    # A run of the board, from a start to what ends it.

    def _start(self, cause: int) -> None:
        line, keys = self._inherited
        # What has arrived while it was not running.
        for each in (line, keys):
            _drain(each)
        self._bell, bell = socket.socketpair()
        output = self._printed if self._prompt == "none" else keys
        files = [each.fileno() for each in (self._flash, self._history, self._nvs, line, bell)]
        mapped = [rom().fileno(), self._chip.fileno]
        heap = f"{_kilobytes(self._heap) + STAND_INS_KB}K"
        launch = [sys.executable, LAUNCH, os.getpid(), self._folder.name, *mapped, heap]
        self._chip.start(cause)
        self._asks = False
        self._process = subprocess.Popen(
            [str(each) for each in (*launch, self._prompt, *files, *self._arguments)],
            pass_fds=[*files, *mapped],
            stdin=keys.fileno(),
            stdout=output.fileno(),
            stderr=subprocess.STDOUT,
            # What is typed at the host's own terminal is not for the board.
            start_new_session=True,
            env={},
            cwd="/",
        )
        bell.close()
        self.starts.append(cause)
        if not self._stays_on:
            # The line is to show when the board has gone.
            for each in self._inherited:
                each.close()

    def _how_it_ended(self, said: bytes) -> Ended:
        """Return how a process has ended that rang the bell with `said`, or hung up."""
        if said == _OFF:
            return self._kill(Ended(self._chip.words[registers.ENDED]))
        assert self._process is not None
        return Ended(self._process.wait())

    def _kill(self, how: Ended) -> Ended:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        return how

    def _end(self, ended: Ended) -> None:
        """Have the chip as it is after a run or a deep sleep, and the board off if it stays so."""
        with self._changed:
            self._ended = self._forced or ended
            self._forced = None
            if self._bell is not None:
                self._bell.close()
            self._process = self._bell = None
            self._settle()
            self._changed.notify_all()

    def _settle(self) -> None:
        self._chip.stop(keeps_held=self._ended in (Ended.RESET, Ended.DEEP_SLEEP))
        if self._ended is not Ended.DEEP_SLEEP:
            self._chip.settle()
        if not (self._stays_on and self._ended in _RESETS):
            self._is_on = False
        elif self._is_virtual and self._ended is not Ended.DEEP_SLEEP:
            self._start(_CAUSES[self._ended])

    # Real time.

    def _keep(self) -> None:
        """Keep the board as long as it has power."""
        while self._is_on:
            self._end(self._watch())
            with self._changed:
                while self._is_on and self._ended is Ended.DEEP_SLEEP and not self._forced:
                    if self._chip.doze(self.now_us):
                        break
                    following = self._chip.next_wake_us()
                    wait_us = None if following is None else following - self.now_us
                    self._changed.wait(None if wait_us is None else max(wait_us, 0) / 1e6)
                if self._forced:
                    self._end(self._forced)
                if self._is_on:
                    # The raw prompt outlives soft resets only.
                    self._prompt = "friendly" if self._prompt == "raw" else self._prompt
                    self._start(_CAUSES[self._ended])

    def _watch(self) -> Ended:
        """Wait until the process has ended, or has to be; return how."""
        words = self._chip.words
        assert self._bell is not None
        while not select.select([self._bell], [], [], _LOOK_S)[0]:
            if words[registers.WATCHDOG_US] and self.now_us >= words[registers.WATCHDOG_AT]:
                return self._kill(Ended.WATCHDOG)
        try:
            said = self._bell.recv(1)
        except ConnectionResetError:
            said = b""
        return self._how_it_ended(said)

    def _force(self, ended: Ended) -> None:
        """End a run, whatever the board does."""
        with self._changed:
            if not self._is_on:
                if ended is Ended.POWER_CUT:
                    self._end(ended)
                return
            self._forced = ended
            if self._process is not None:
                self._process.kill()
            self._changed.notify_all()
        if self._is_virtual:
            if self._process is not None:
                self._process.wait()
            self._end(ended)
        elif ended is Ended.POWER_CUT and self._keeper is not None:
            self._keeper.join()

    def _connect(self, pin: int, wire: int) -> None:
        with self._changed:
            self._chip.connect(pin, wire)
            self._ring()

    def _ring(self) -> None:
        """Have a board that waits look at its pins."""
        if self._process is None:
            if not self._is_on:
                self._chip.settle()
            self._changed.notify_all()
        elif not self._is_virtual and self._bell is not None:
            with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                self._bell.send(_OFF, socket.MSG_DONTWAIT)

    def _hang_up(self) -> None:
        for end in (self._line, self.console, self._keys, *self._inherited):
            if end is not None:
                end.close()
        self._line = self.console = self._keys = None
        self._inherited = []


def _kilobytes(heap: str) -> int:
    return int(heap[:-1]) * {"K": 1, "M": 1024}[heap[-1]]


def _drain(end: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while end.recv(4096, socket.MSG_DONTWAIT):
            pass
