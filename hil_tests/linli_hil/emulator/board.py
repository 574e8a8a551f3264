"""An emulated board from the host's side: its power, its pins and lines, its flash and console."""

import socket
from collections.abc import Iterable
from typing import Literal

from .cables import Cables
from .chip import Change, Chip
from .ended import Ended
from .life import Life
from .real_time import RealTime
from .registers import FLOATING
from .run import Prompt, Settings
from .storage import Storage
from .virtual_time import VirtualTime

# What stands for 96 kB of heap on a 32-bit board.
HEAP = "192K"
# What the modules of micropython/, which are C on a real board, take of the heap: it comes on top.
STAND_INS_KB = 17


class EmulatedBoard:
    """A board with the flash image `image` and its key storage `nvs` ("namespace/key" to bytes).

    `heap` is what the firmware has, as micropython's option -X heapsize takes it.

    With `stays_on` it starts anew after a reset, and after a deep sleep when its time is over or a
    pin wakes it, as long as it has power; otherwise it is then off until `power_on`.

    In real time any thread may use it. With `stride_ms` it then wakes only so often while it waits
    for something to happen, which is easy on the host; for a second after an edge at an input it is
    exact. In virtual time it lives only while `advance` runs, and is for one thread.
    """

    def __init__(
        self,
        image: bytes,
        nvs: dict[str, bytes],
        heap: str = HEAP,
        stays_on: bool = False,
        clock: Literal["real", "virtual"] = "real",
        stride_ms: int = 0,
    ) -> None:
        self._heap = f"{_kilobytes(heap) + STAND_INS_KB}K"
        self._chip = Chip(is_virtual=clock == "virtual", stride_ms=stride_ms)
        self._storage = Storage(image, nvs)
        self._life = Life(self._chip, self._storage, stays_on)
        self._time = VirtualTime(self._life) if clock == "virtual" else RealTime(self._life)
        self._cables: Cables | None = None

    # What it keeps and prints.

    @property
    def flash(self) -> bytes:
        """The content of the flash; while the board writes, of that moment."""
        return self._storage.flash

    @property
    def nvs(self) -> bytes:
        """The content of the key storage."""
        return self._storage.nvs

    @property
    def printed(self) -> bytes:
        """What the board has printed on its console since it was last switched on."""
        return self._storage.printed

    @property
    def history(self) -> list[tuple[int, bytes]]:
        """The programs and erases of the flash since it was last switched on: address, bytes."""
        return self._storage.history

    # Pins, seen from outside. What is connected stays so, whether the board is on or not.

    def drive(self, pin: int, level: int) -> None:
        """Connect a pin to 0 or 1, now."""
        self._connect(pin, level)

    def release(self, pin: int) -> None:
        """Leave a pin to its pull, now."""
        self._connect(pin, FLOATING)

    def play(self, steps: Iterable[Change]) -> int:
        """Play edges, each (wait in us after the one before, pin, level).

        Return when, by `now_us`, the last of them is. What is played while something else plays
        follows it. The board sees every edge at its own time, late as it may be itself.
        """
        with self._life.changed:
            until = self._chip.plan(steps)
            self._notice()
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

    # Console and serial line.

    @property
    def line(self) -> socket.socket | None:
        """The host's end of the serial line; None unless the board has been switched on."""
        return None if self._cables is None else self._cables.line

    @property
    def console(self) -> socket.socket | None:
        """The host's end of the console of a board that was switched on with a prompt."""
        return None if self._cables is None else self._cables.console

    def type(self, keys: bytes) -> None:
        """Type at the console of a board that was switched on without a prompt."""
        assert self._cables is not None and self._cables.keys is not None, "the board is off"
        self._cables.keys.sendall(keys)

    def listens(self) -> bool:
        """Tell whether what is typed now is read: MicroPython runs, and has not just begun to."""
        run = self._life.run
        return run is not None and run.listens()

    def interrupt(self) -> bool:
        """Break into what runs; False: MicroPython takes ctrl-C for a byte like any other now."""
        run = self._life.run
        return run is not None and run.interrupt()

    @property
    def account(self) -> dict[str, str]:
        """What the host's kernel says of the board's process: Uid, CapEff, ...; {} without one."""
        run = self._life.run
        return {} if run is None else run.account

    # Power.

    @property
    def is_on(self) -> bool:
        """Whether the board has power."""
        with self._life.changed:
            return self._life.is_on

    @property
    def is_asleep(self) -> bool:
        """Whether the board is in a deep sleep."""
        return self._life.is_asleep

    @property
    def starts(self) -> list[int]:
        """The causes of all its starts, of linli_protocol.codes."""
        return self._life.starts

    def power_on(
        self,
        cut_at: int = 0,
        torn: bool = False,
        levels: dict[int, int] | None = None,
        prompt: Prompt = "none",
    ) -> socket.socket:
        """Start the board and return the host's end of its serial line.

        Power fails at the `cut_at`-th program or erase of the flash from a start, half done if
        `torn`. `levels` are of pins to `drive` before. With a `prompt` the host's end of the
        console is `console`, and main.py ends at the prompt; at a raw one the board does not run
        it.
        """
        with self._life.changed:
            assert not self._life.is_on, "the board is on"
            self._hang_up()
            for pin, level in (levels or {}).items():
                self.drive(pin, level)
            self._cables = Cables(has_prompt=prompt != "none")
            self._life.power_on(self._cables, Settings(self._heap, prompt, cut_at, torn))
            self._time.begin()
            return self._cables.line

    def wait(self, timeout_s: float = 60) -> Ended:
        """Wait until the board goes off by itself and return how; TimeoutError if it does not.

        In virtual time that is how long it lives at most.
        """
        self._time.wait(timeout_s)
        with self._life.changed:
            if self._life.is_on:
                raise TimeoutError(f"the board is still on after {timeout_s} s")
            self._hang_up()
            return self._life.ended

    def power_off(self) -> None:
        """Cut the power now; what the flash holds stays, the RTC's time and memory go."""
        with self._life.changed:
            if self._life.is_on:
                self._time.cut(Ended.POWER_CUT)
            else:
                self._life.end(Ended.POWER_CUT)
            self._hang_up()

    def brown_out(self) -> None:
        """Have the voltage sag: the board resets, but its RTC goes on."""
        with self._life.changed:
            if self._life.is_on:
                self._time.cut(Ended.BROWN_OUT)

    def close(self) -> None:
        """Cut the power and throw the board away."""
        self.power_off()
        self._storage.close()
        self._chip.close()

    def advance(self, until_ms: int, stride_ms: int = 0) -> int:
        """Let the board live until `until_ms`, or until it has changed its line or an output.

        Return the time in ms, the last one that is over. The host may then do something at that
        very time, and go on. With a stride, a board that waits for something to happen is woken
        only then, or after that time: what it does of itself may come so much late. For a second
        after an edge at an input, or what arrives over the line, it is exact.
        """
        assert isinstance(self._time, VirtualTime), "the board lives in real time"
        return self._time.advance(until_ms, stride_ms)

    def _connect(self, pin: int, wire: int) -> None:
        with self._life.changed:
            self._chip.connect(pin, wire)
            self._notice()

    def _notice(self) -> None:
        """Have what has been done to the pins take effect."""
        if self._life.is_on:
            self._time.notice()
        else:
            self._chip.settle()

    def _hang_up(self) -> None:
        if self._cables is not None:
            self._cables.close()
            self._cables = None


def _kilobytes(heap: str) -> int:
    return int(heap[:-1]) * {"K": 1, "M": 1024}[heap[-1]]
