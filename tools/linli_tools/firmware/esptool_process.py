"""esptool as a program of its own: chip, flash and port asked for, regions written and read."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..failure import Failure
from .base_firmware import Chip
from .ports import ports_there

# From 0 to 100, over and over while something is under way.
Report = Callable[[float], None]

_PERCENT = re.compile(r"^(?:Writing at|Reading from) 0x[0-9a-f]+ .*?([0-9.]+)% ")
_FLASH_SIZE = re.compile(r"^Detected flash size: (\d+)([KM])B", re.MULTILINE)
_FATAL = re.compile(r"^ERROR: A (fatal|serial exception) error occurred: (.*)", re.MULTILINE)
_OTHER_CHIP = re.compile(r"This chip is ([\w-]+), not ([\w-]+)\.")


class Esptool:
    """The chip behind a serial port, in its boot loader between calls.

    What is written and read passes through files in `folder`. Each call raises Failure, in one
    line, when the port or the chip does not do its part.
    """

    def __init__(self, port: str, chip: Chip, baud: int, folder: Path, report: Report) -> None:
        if importlib.util.find_spec("esptool") is None:
            raise Failure("esptool is missing: pip install 'linli[firmware]'")
        self._port = port
        self._chip = chip
        self._baud = baud
        self._file = folder / "region"
        self._report = report

    def flash_size(self) -> int:
        """Return the bytes of the flash; the chip is the one expected."""
        size = _FLASH_SIZE.search(self._run("flash-id"))
        if size is None:
            raise Failure(f"{self._port}: the flash does not say how large it is")
        return int(size[1]) << {"K": 10, "M": 20}[size[2]]

    def read(self, offset: int, size: int) -> bytes:
        """Return `size` bytes of the flash."""
        self._run("read-flash", hex(offset), hex(size), str(self._file))
        with self._on_disk():
            data = self._file.read_bytes()
            self._file.unlink()
        return data

    def write(self, offset: int, data: bytes) -> None:
        """Write `data` into the flash, erasing the sectors of 4 KiB that it touches."""
        with self._on_disk():
            self._file.write_bytes(data)
        self._run("write-flash", hex(offset), str(self._file))

    def erase(self, offset: int, size: int) -> None:
        """Erase whole sectors of 4 KiB."""
        self._run("erase-region", hex(offset), hex(size))

    def erase_all(self) -> None:
        """Erase the whole flash."""
        self._run("erase-flash")

    def start(self) -> None:
        """Reset the chip, which starts what is on its flash."""
        self._run("read-mac", after="hard-reset")

    @contextmanager
    def _on_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Failure(f"{self._file}: {error.strerror}") from error

    def _run(self, *arguments: str, after: str = "no-reset") -> str:
        options = ("--chip", self._chip.name, "--port", self._port, "--baud", str(self._baud))
        said = []
        with subprocess.Popen(
            [sys.executable, "-m", "esptool", *options, "--after", after, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    said.append(line)
                    if percent := _PERCENT.match(line):
                        self._report(float(percent[1]))
            except KeyboardInterrupt:
                process.terminate()
                raise
        text = "".join(said)
        if process.returncode:
            raise Failure(self._mistake(text))
        return text

    def _mistake(self, text: str) -> str:
        fatal = _FATAL.search(text)
        if fatal and fatal[1] != "fatal":
            return f"{self._port}: the line to the chip is cut"
        reason = fatal[2].strip() if fatal else (text.strip().splitlines() or ["nothing"])[-1]
        other = _OTHER_CHIP.search(reason)
        if other:
            return f"{self._port}: the chip is an {other[1]}, the MicroPython is for an {other[2]}"
        if reason.startswith("Could not open"):
            return f"{self._port}: {self._unopened(text)}"
        if reason.startswith("Failed to connect"):
            return (
                f"{self._port}: no {self._chip.title} answers; hold BOOT while it starts, and see "
                "that nothing else sits on its serial line"
            )
        return f"{self._port}: esptool: {reason}"

    def _unopened(self, text: str) -> str:
        if "No such file" in text or "FileNotFound" in text:
            return f"no such port; there is {ports_there()}"
        if "exclusively lock" in text or "busy:" in text:
            return "another program has this port open"
        if "Permission denied" in text:
            return "no right to open this port; on Linux join the group dialout"
        return "not a serial port"
