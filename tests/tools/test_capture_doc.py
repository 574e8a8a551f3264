"""docs/CAPTURE.md prints what the commands print."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from exchanges import console, damaged, exchange
from linli_tools.capture import link_type
from pair import COMMUNITY_KEY
from wireshark import ROOT, needs_tshark

TEXT = (ROOT / "docs/CAPTURE.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^    \$ (.+)\n((?:    .*\n|\n(?=    ))+)", TEXT, re.MULTILINE)
CLOCK = re.compile(r"^\d\d:\d\d:\d\d\.\d{3}", re.MULTILINE)


def told(output: str) -> list[str]:
    """Return lines without what differs from run to run, and the space at their ends."""
    lines = CLOCK.sub("HH:MM:SS.mmm", output).splitlines()
    return [line.rstrip() for line in lines if line.strip()]


@needs_tshark
def test_what_the_guide_prints_is_what_the_commands_print(tmp_path: Path) -> None:
    (tmp_path / "line.bin").write_bytes(console() + damaged(exchange()[0]))
    (tmp_path / "community.key").write_text(COMMUNITY_KEY.hex())
    (tmp_path / "tools").symlink_to(ROOT / "tools")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    assert len(BLOCKS) == 3
    for command, output in BLOCKS:
        run = subprocess.run(
            shlex.split(command),
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        expected = [line.removeprefix("    ") for line in output.splitlines()]
        assert told("\n".join(expected)) == told(run.stdout)


def test_the_header_s_table_adds_up_and_names_every_bearer() -> None:
    table = TEXT.split("| at | bytes |")[1]
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ", table, re.MULTILINE)
    at = 0
    for offset, length in rows:
        assert int(offset) == at
        at += int(length)
    assert at == link_type.HEAD.size
    for name, number in link_type.BEARERS.items():
        assert f"{number} {name if number else 'not known'}" in table


@pytest.mark.parametrize("name", ["uart", "rs485"])
def test_a_bearer_has_an_interface_for_each_way(name: str) -> None:
    assert [title for title, _ in link_type.interfaces(name)] == [
        title.replace("<bearer>", name) for title in re.findall(r"`(<bearer> \w+)`", TEXT)
    ]
