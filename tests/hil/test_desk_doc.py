"""docs/DESK.md is a session that goes as it stands there, on a mock chip and an emulated board."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

from made_up_base import base_firmware
from mock_chip import mock_chip

TEXT = (Path(__file__).parents[2] / "docs/DESK.md").read_text(encoding="utf-8")
TERMINAL = re.compile(r"(\w*)\$ (.+)|\((\w+)\)")
CONFIGURATION = TEXT.partition("```json\n")[2].partition("```")[0]
CTRL_C = "^C"
PACKET = re.compile(r'"bytes": "([0-9a-f]+)"')
TIMEOUT_S = 60
# What differs from run to run, as a person reads it in the guide and as a pattern.
DIFFERS = (
    (r"\d\d:\d\d:\d\d\.\d{3}", r"\d\d:\d\d:\d\d\.\d{3}"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", r"[-\d]+T[\d:.]+Z"),
    (r" +#\d+", r" +#\d+"),
    (r" +\d+ (?=main.py)", r" +\d+ "),
    (r"\b\d+ packets", r"\d+ packets"),
    (r"/dev/pts/\d+", r"\S+"),
    (r"[0-9a-f]{16,}", r"[0-9a-f]+"),
    ("…", ".*"),
)
LEFT_OUT = "…"
# What mpremote says after ten seconds when its ctrl-C came before the board's console was open.
STARTING = "could not enter raw repl"


class Step(NamedTuple):
    """What is typed in a terminal, nothing if it was before, and what is then seen there."""

    terminal: str
    command: str
    seen: list[str]


def steps() -> Iterator[Step]:
    step = None
    for line in re.findall(r"^    (.*)$", TEXT, re.MULTILINE):
        if found := TERMINAL.fullmatch(line):
            if step:
                yield step
            step = Step(found[1] or found[3] or "", found[2] or "", [])
        elif step:
            step.seen.append(line)
    assert step
    yield step


def pattern(lines: list[str]) -> str:
    """Return the pattern of what is printed; the space at the ends of lines does not count."""
    return "".join(r"(.*\n)*" if line == LEFT_OUT else pattern_of(line) + " *\n+" for line in lines)


def pattern_of(line: str) -> str:
    either = "|".join(f"({shown})" for shown, _ in DIFFERS)
    result, at = "", 0
    for found in re.finditer(either, line):
        result += re.escape(line[at : found.start()]) + DIFFERS[(found.lastindex or 0) - 1][1]
        at = found.end()
    return result + re.escape(line[at:])


class Terminal:
    """A terminal with a program that runs until ctrl-C."""

    def __init__(self, command: str, log: Path, environment: dict[str, str]) -> None:
        self._log = log
        self._read = 0
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                cwd=log.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def shows(self, lines: list[str]) -> str:
        """Wait for these lines, press ctrl-C if it is among them; return what was printed."""
        ends = CTRL_C in lines
        place = lines.index(CTRL_C) if ends else len(lines)
        end = time.monotonic() + TIMEOUT_S
        while not re.match(pattern(lines[:place]), self._printed()):
            assert self._process.poll() is None and time.monotonic() < end, self._printed()
            time.sleep(0.05)
        if ends:
            self._process.send_signal(signal.SIGINT)
            assert self._process.wait(TIMEOUT_S) == 0, self._printed()
            same([*lines[:place], *lines[place + 1 :]], self._printed())
        printed = self._printed()
        self._read += len(printed)
        return printed

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _printed(self) -> str:
        """Return the whole lines that have come since the last ones were seen."""
        new = self._log.read_text(encoding="utf-8", errors="replace")[self._read :]
        return new[: new.rfind("\n") + 1]


def same(lines: list[str], printed: str) -> None:
    assert re.fullmatch(pattern(lines), printed.rstrip() + "\n" * bool(printed)), (
        f"{printed}\nis not\n" + "\n".join(lines)
    )


def test_the_session_goes_as_it_stands_there(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(CONFIGURATION)
    (tmp_path / "ESP32_GENERIC-20260406-v1.28.0.bin").write_bytes(base_firmware())
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    opened: dict[str, Terminal] = {}
    with mock_chip() as (port, _), ExitStack() as stack:
        here = {"/dev/pts/0": port}
        for terminal, typed, lines in steps():
            command = typed
            for there, ours in here.items():
                command = command.replace(there, ours)
            if not terminal:
                printed = run(command, tmp_path, environment)
                if STARTING in printed:
                    printed = run(command, tmp_path, environment)
                same(lines, printed)
                continue
            if command:
                log = tmp_path / f"{terminal}.log"
                opened[terminal] = Terminal(command, log, environment)
                stack.enter_context(closing(opened[terminal]))
            printed = opened[terminal].shows(lines)
            # The packet that is decoded is the one that has just come.
            here |= zip(PACKET.findall("\n".join(lines)), PACKET.findall(printed), strict=False)


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    """Return what a command prints, errors among it."""
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
    ).stdout
