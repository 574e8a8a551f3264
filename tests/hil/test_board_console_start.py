"""`linli board start` as an engineer has it: a process, its folder, and who connects to it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import emulated
from consoles import Person, mpremote
from linli_hil.emulator import make_image
from linli_hil.hub import DeviceHub
from linli_hil.rig.lines import SerialLine
from linli_protocol import codes, messages
from linli_tools.firmware.provision import key_storage

LINLI = (sys.executable, "-m", "linli_tools", "board")


def linli(*arguments: str, fails: int = 0) -> str:
    """Run `linli board`, and return what it prints."""
    run = subprocess.run([*LINLI, *arguments], capture_output=True, text=True, timeout=60)
    assert run.returncode == fails, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return run.stderr if fails else run.stdout


@contextmanager
def started(*arguments: str) -> Iterator[dict[str, Any]]:
    """Have a board started; yield what it says of itself. It ends as at ctrl-C."""
    command = [*LINLI, "start", "--json", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline() or "{}")
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors


def pins(folder: Path) -> dict[str, int]:
    """Return the state of a board's pins."""
    found: dict[str, int] = json.loads(linli("do", str(folder), "pins", "--json"))
    return found


def events(hub: DeviceHub) -> set[int]:
    """Return the codes of the events that have come."""
    return {event["code"] for event in hub.of(messages.EVENT)}


def test_a_door_joins_a_hub_opens_at_its_button_and_remembers_its_runs(tmp_path: Path) -> None:
    folder = tmp_path / "door"
    with started(str(folder), "--app", "door") as door:
        assert door["app"] == "door" and door["device"] == "01020304"
        hub = DeviceHub(bytes.fromhex(door["test_key"]), 0x01020304)
        line = SerialLine(door["line"])
        assert hub.serve(line, lambda: hub.of(messages.HELLO), 60)
        assert hub.of(messages.HELLO)[-1]["reset_cause"] == codes.POWER_ON
        linli("do", str(folder), "drive", "exit_button", "1")
        assert emulated.comes(lambda: pins(folder)["strike"] == 1)
        linli("do", str(folder), "release", "exit_button")
        linli("do", str(folder), "card", "7", "1234")
        assert hub.serve(line, lambda: codes.DENIED_UNKNOWN in events(hub))
        line.close()
        assert "already" in linli("start", str(folder), fails=1)
    assert sorted(path.name for path in folder.iterdir()) == ["flash.bin", "keys.json"]
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    assert "there is a board" in linli("start", str(folder), "--app", "door", fails=1)
    with started(str(folder)) as door:
        hub = DeviceHub(bytes.fromhex(door["test_key"]), 0x01020304)
        line = SerialLine(door["line"])
        assert hub.serve(line, lambda: hub.of(messages.HELLO), 60)
        assert hub.of(messages.HELLO)[-1]["boots"] == 2
        line.close()


def test_its_power_is_cut_and_its_voltage_dips(tmp_path: Path) -> None:
    image = tmp_path / "image.bin"
    main = b"import machine\nprint('cause', machine.reset_cause(), len(machine.RTC().memory()))\n"
    image.write_bytes(make_image({"main.py": main + b"machine.RTC().memory(b'kept')\n"}, 8))
    folder = tmp_path / "board"
    with started(str(folder), "--image", str(image)) as board, Person(board["console"]) as person:
        person.type(b"\r")
        assert person.sees(b">>> ")
        linli("do", str(folder), "power", "dip")
        assert person.sees(b"cause 1 4")
        linli("do", str(folder), "power", "off")
        linli("do", str(folder), "power", "on")
        assert person.sees(b"cause 1 0")
        linli("do", str(folder), "drive", "4", "1")
        person.type(b"\r\rfrom machine import Pin; 'level', Pin(4, Pin.IN).value()\r")
        assert person.sees(b"('level', 1)")


def test_an_image_grows_to_the_boards_flash_and_a_key_storage_is_taken(tmp_path: Path) -> None:
    image, keys = tmp_path / "image.bin", tmp_path / "nvs.bin"
    image.write_bytes(make_image({"note.txt": b"small"}, 8))
    keys.write_bytes(key_storage(0x0A0B0C0D, bytes(16), 0x6000))
    with started("--image", str(image), "--nvs", str(keys)) as board:
        assert board["device"] == "0a0b0c0d" and board["test_key"] is None
        code = "from esp32 import NVS; b = bytearray(20)\n"
        code += "print(NVS('linli').get_blob('identity', b), b[:4])"
        printed = mpremote(board["console"], "cat", "note.txt", "+", "df", "+", "exec", code)
        assert "small" in printed and "2097152" in printed
        assert r"20 bytearray(b'\n\x0b\x0c\r')" in printed
    assert not Path(board["folder"]).exists()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 2, "give --app"),
        (["--app", "door", "--image", "x"], 2, "--image"),
        (["--production"], 2, "--app"),
        (["--app", "door", "--heap", "much"], 2, "192K"),
        (["--image", "/nowhere.bin"], 1, "/nowhere.bin: No such file"),
        (["--image", __file__], 1, "LittleFS"),
        (["--app", "door", "--config", __file__], 1, "no JSON"),
        (["--app", "door", "--nvs", __file__], 1, "key storage"),
    ],
)
def test_what_cannot_be_started_is_said_in_one_line(
    arguments: list[str], code: int, told: str
) -> None:
    printed = linli("start", *arguments, fails=code)
    assert told in printed
    assert code == 2 or printed.count("\n") == 1


def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path) -> None:
    assert "no board is on here" in linli("do", str(tmp_path), "pins", fails=1)
    assert "drive takes PIN 0|1" in linli("do", str(tmp_path), "drive", "4", fails=2)
    linli("do", str(tmp_path), "explode", fails=2)
    image = tmp_path / "image.bin"
    image.write_bytes(make_image({}, 8))
    with started("--image", str(image)) as board:
        folder = board["folder"]
        assert "'knob' is no pin" in linli("do", folder, "drive", "knob", "1", fails=1)
        assert "from 0 to 1" in linli("do", folder, "drive", "4", "2", fails=1)
        assert "pin 99" in linli("do", folder, "drive", "99", "1", fails=1)
        assert "'d1' is no pin" in linli("do", folder, "card", "1", "1", fails=1)
        assert "on, off or dip" in linli("do", folder, "power", "up", fails=1)
