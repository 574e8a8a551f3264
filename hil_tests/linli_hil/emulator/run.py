"""One run of an emulated board: a process, from its start to its end, and what is said of it."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from . import registers
from .cables import Cables
from .chip import Chip
from .ended import Ended
from .rom import rom
from .storage import Storage

LAUNCH = Path(__file__).parent / "launch.py"
# The signal tears MicroPython out of whatever it does, its C code included. So it is sent while the
# process waits for something, if that happens soon; and another only when it is over the first.
# While MicroPython does not listen to ctrl-C, as at its prompt, it would end the process.
_INTERRUPT_PATIENCE_S = 0.25
_INTERRUPTS_APART_S = 0.1
# What is said over the bell. By the board: it is to be ended, it asks for time; by the host: there
# is something at a pin, there is time.
_OFF = b"\x00"
_ASKS = b"\x01"
_LOOK = b"\x00"
_GRANTED = b"\x01"
# PR_SET_PDEATHSIG (prctl(2)) ends a board with the thread that has started it. This one stays.
_starter = ThreadPoolExecutor(1, "boards")

Prompt = Literal["none", "friendly", "raw"]


@dataclass(frozen=True)
class Settings:
    """What a run begins with: its heap, its prompt, and at which change of the flash power fails.

    `heap` is as micropython's option -X heapsize takes it; `cut_at` counts from the start, 0: power
    does not fail; `torn`: that change is half done then.
    """

    heap: str
    prompt: Prompt = "none"
    cut_at: int = 0
    torn: bool = False


class Run:
    """A process that is the board, on its chip, storage and cables. Any thread may use it."""

    def __init__(self, chip: Chip, storage: Storage, cables: Cables, settings: Settings) -> None:
        self._chip = chip
        self._bell, bell = socket.socketpair()
        self._interrupting = threading.Lock()
        self._interrupted = 0.0
        # Whether the board waits for time, in virtual time.
        self.asks = False
        # As launch.py wants them, then as start.py does.
        mapped = [rom().fileno(), chip.fileno]
        files = [storage.flash_fd, storage.history_fd, storage.nvs_fd]
        files += [cables.board_line.fileno(), bell.fileno()]
        command = [sys.executable, LAUNCH, os.getpid(), storage.folder, *mapped, settings.heap]
        command += [settings.prompt, *files, settings.cut_at, int(settings.torn)]
        console = cables.board_console.fileno()
        starting = _starter.submit(
            lambda: subprocess.Popen(
                [str(each) for each in command],
                pass_fds=[*files, *mapped],
                stdin=console,
                stdout=storage.printed_fd if settings.prompt == "none" else console,
                stderr=subprocess.STDOUT,
                # What is typed at the host's own terminal is not for the board.
                start_new_session=True,
                env={},
                cwd="/",
            )
        )
        try:
            self._process = starting.result()
        finally:
            bell.close()

    @property
    def account(self) -> dict[str, str]:
        """What the kernel says of the process: Uid, CapEff, ...; {} when it is gone."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return {}
        return dict(line.split(":\t", 1) for line in status.splitlines())

    def listens(self) -> bool:
        """Tell whether MicroPython runs, and has not just begun to."""
        return bool(self._chip.words[registers.LISTENS])

    def interrupt(self) -> bool:
        """Break into what MicroPython runs; False: it does not listen to ctrl-C now."""
        end = time.monotonic() + _INTERRUPT_PATIENCE_S
        while self._hears_signal() and self.account.get("State", "").startswith("R"):
            if time.monotonic() > end:
                break
            time.sleep(0.001)
        with self._interrupting, self._held():
            if not self._hears_signal():
                return False
            now = time.monotonic()
            if now - self._interrupted > _INTERRUPTS_APART_S:
                self._interrupted = now
                self._process.send_signal(signal.SIGINT)
            return True

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the process where it is."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            # Reaped already, it stays where it is, too.
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _hears_signal(self) -> bool:
        caught = int(self.account.get("SigCgt", "0"), 16)
        return self.listens() and bool(caught >> (signal.SIGINT - 1) & 1)

    def ring(self) -> None:
        """Have a board that waits look at its pins."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            self._bell.send(_LOOK, socket.MSG_DONTWAIT)

    def grant(self) -> None:
        """Let a board that `asks` go on; the chip's registers say until when."""
        self.asks = False
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._bell.send(_GRANTED)

    def speaks(self, timeout_s: float) -> bool:
        """Wait for the board to say something; return whether it does."""
        return bool(select.select([self._bell], [], [], timeout_s)[0])

    def listen(self) -> Ended | None:
        """Take what the board says; return how the run has ended, None if it `asks` for time."""
        try:
            said = self._bell.recv(1)
        except ConnectionResetError:
            said = b""
        if said == _ASKS:
            self.asks = True
            return None
        if said == _OFF:
            self.kill()
            return Ended(self._chip.words[registers.ENDED])
        return Ended(self._process.wait())

    def kill(self) -> None:
        """End the process here and now."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Let go of a process that has ended."""
        self._bell.close()
