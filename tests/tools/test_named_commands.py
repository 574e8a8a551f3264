"""Every `linli` command that code and guides name is one."""

import re
from collections.abc import Iterator
from pathlib import Path

import typer

from linli_tools.cli import app

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "firmware", "protocol", "hostsim", "hil_tests", "tools")
# In backquotes, or at the beginning of a line of a listing.
NAMED = re.compile(r"(?:`|^    |^\$ )linli ([a-z]+)\b(?: ([a-z]+)\b)?", re.MULTILINE)
# Labels that keys are derived with, and an engine in a table.
LABELS = {"root", "join", "up", "down", "gfni"}
COMMANDS = {
    name: set(getattr(command, "commands", ()))
    for name, command in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
}


def files() -> Iterator[Path]:
    yield from ROOT.glob("*.md")
    for folder in FOLDERS:
        for pattern in ("*.py", "*.md"):
            for path in (ROOT / folder).rglob(pattern):
                if "typings" not in path.parts:
                    yield path


def test_every_command_that_a_file_names_exists() -> None:
    unknown = [
        f"{path.relative_to(ROOT)}: linli {group} {command}"
        for path in files()
        for group, command in NAMED.findall(path.read_text(encoding="utf-8"))
        if group not in LABELS
        # What follows a command that is no group is its argument.
        and (group not in COMMANDS or (command and command not in (COMMANDS[group] or {command})))
    ]
    assert not unknown


def test_the_check_finds_commands_where_they_stand() -> None:
    text = (
        "`linli sim run hemu`, linli nothing\n    linli keys new x\n$ linli bench crypto\n`linli`"
    )
    assert NAMED.findall(text) == [("sim", "run"), ("keys", "new"), ("bench", "crypto")]
    assert {"new", "derive", "console"} <= COMMANDS["keys"]
