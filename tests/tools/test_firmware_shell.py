"""`linli firmware shell` and `ports`: mpremote at the right port, or one line that says why not."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo
from typer.testing import CliRunner

from consoles import on_desk
from linli_hil.emulator import EmulatedBoard, make_image
from linli_tools.cli import app
from linli_tools.failure import Failure
from linli_tools.firmware import ports
from linli_tools.firmware.ports import Port

ONE = Port("/dev/ttyUSB0", "/dev/serial/by-id/usb-one", "CP2102")
TWO = Port("/dev/ttyACM0", None, "USB JTAG/serial")
SHELL = [sys.executable, "-c", "from linli_tools.cli import main; main()", "firmware", "shell"]


@pytest.fixture
def port() -> Iterator[str]:
    files = {"boot.py": b"", "config/config.json": b"{}"}
    with on_desk(EmulatedBoard(make_image(files, 64), {}, stays_on=True)) as terminal:
        yield terminal.console.path


def shell(*arguments: str | Path, code: int = 0) -> str:
    run = subprocess.run(
        [*SHELL, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == code, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return run.stdout + run.stderr


def test_mpremote_s_own_words_reach_the_board(port: str, tmp_path: Path) -> None:
    new = tmp_path / "new.json"
    new.write_text('{"bearers": []}')
    said = shell("--port", port, "fs", "ls", "config", "+", "exec", "print(6 * 7)")
    assert "config.json" in said and "42" in said
    shell("--port", port, "fs", "cp", "-f", new, ":config/config.json")
    assert '{"bearers": []}' in shell("--port", port, "fs", "cat", ":config/config.json")


def test_what_follows_is_mpremote_s_even_where_it_looks_like_ours() -> None:
    said = shell("--port", "/dev/ttyNONE", "fs", "--help", code=1)
    assert "failed to access" in said and "Usage" not in said


def test_its_exit_code_is_mpremote_s(port: str) -> None:
    assert "ENOENT" in shell("--port", port, "exec", "open('none')", code=1)
    assert "failed to access" in shell("--port", "/dev/ttyNONE", "fs", "ls", code=1)


@pytest.mark.parametrize(
    "there, said", [([], "no serial port"), ([ONE, TWO], "usb-one, /dev/ttyACM0")]
)
def test_without_a_port_there_has_to_be_one_only(
    there: list[Port], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "serial_ports", lambda: there)
    ran = CliRunner().invoke(app, ["firmware", "shell", "fs", "ls"], env={"COLUMNS": "200"})
    assert ran.exit_code == 2
    assert "give --port: there is" in ran.stderr and said in ran.stderr
    monkeypatch.setattr(ports, "serial_ports", lambda: [ONE])
    assert ports.only_port() == "/dev/ttyUSB0"


def test_a_port_has_the_name_by_which_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = tmp_path / "ttyUSB0"
    device.touch()
    links = tmp_path / "by-id"
    links.mkdir()
    (links / "usb-one").symlink_to(device)
    usb, built_in = ListPortInfo(str(device)), ListPortInfo("/dev/ttyS0")
    usb.vid = 0x10C4
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [built_in, usb])
    monkeypatch.setattr(ports, "_BY_ID", links)
    assert ports.serial_ports() == [Port(str(device), str(links / "usb-one"), "n/a")]
    assert ports.ports_there() == str(links / "usb-one")


def test_ports_are_listed_by_the_name_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "serial_ports", lambda: [ONE, TWO])
    listed = CliRunner().invoke(app, ["firmware", "ports"]).stdout.splitlines()
    assert listed[0].split() == ["/dev/serial/by-id/usb-one", "/dev/ttyUSB0", "CP2102"]
    assert listed[1].split()[0] == "/dev/ttyACM0"
    told = json.loads(CliRunner().invoke(app, ["firmware", "ports", "--json"]).stdout)
    assert told[0]["by_id"] == ONE.by_id and told[1]["by_id"] is None
    monkeypatch.setattr(ports, "serial_ports", list)
    assert isinstance(CliRunner().invoke(app, ["firmware", "ports"]).exception, Failure)


def test_without_mpremote_the_package_that_brings_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    ran = CliRunner().invoke(app, ["firmware", "shell", "--port", "x"])
    assert "pip install 'linli[firmware]'" in str(ran.exception)
