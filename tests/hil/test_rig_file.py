"""The rig file: what is taken, and how every mistake is named."""

from pathlib import Path

import pytest

from linli_hil.rig.rig_file import Emulated, RigError, Serial, read_rig

REAL = """
[jigs.bench]
port = "/dev/serial/by-id/jig"

[boards.gate]
kind = "serial"
app = "door"
console = "/dev/serial/by-id/gate"
line = "/dev/serial/by-id/gate-line"
community_key = "community.key"
jig = "bench"
power = { jig = 25, inverted = true }

[boards.gate.wiring]
strike = { pin = 18, jig = 4 }
d0 = { pin = 16, jig = 5, inverted = true, pull = "up" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "rig.toml"
    path.write_text(text)
    (folder / "community.key").write_text("00" * 16)
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    path = written(folder, text)
    with pytest.raises(RigError) as caught:
        read_rig(path)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_a_real_board_has_ports_a_jig_and_a_supply(tmp_path: Path) -> None:
    rig = read_rig(written(tmp_path, REAL))
    gate = rig.boards["gate"]
    assert isinstance(gate, Serial) and gate.power is not None
    assert (gate.power.jig, gate.power.inverted) == (25, True)
    assert gate.community_key == tmp_path / "community.key"
    assert gate.wiring["d0"].as_setting() == {"number": 16, "pull": "up", "inverted": True}
    assert gate.wiring["strike"].as_setting() == {"number": 18}


def test_an_emulated_board_needs_little(tmp_path: Path) -> None:
    text = '[boards.door]\nkind = "emulated"\napp = "door"\nwiring = { strike = 18 }\n'
    door = read_rig(written(tmp_path, text)).boards["door"]
    assert isinstance(door, Emulated)
    assert (door.clock, door.device, door.wiring["strike"].pin) == ("virtual", 0x01020304, 18)


def test_all_mistakes_are_told_at_once_each_with_its_path(tmp_path: Path) -> None:
    text = """
[boards.door]
kind = "emulated"
app = "dor"
heap = "12"
wiring = { strike = "x" }

[boards.gate]
kind = "serial"
app = "door"
speed = 2
power = 3
wiring = { strike = { pin = 70 }, hinge = 3 }

[boards.other]
kind = "usb"
"""
    paths = [line.partition(": ")[0] for line in mistakes(tmp_path, text)]
    assert sorted(paths) == [
        "boards.door.app",
        "boards.door.heap",
        "boards.door.wiring.strike.pin",
        "boards.gate.console",
        "boards.gate.power",
        "boards.gate.speed",
        "boards.gate.wiring.hinge",
        "boards.gate.wiring.strike.pin",
        "boards.other",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("pin = 16", "pin = 18", "boards.gate.wiring.d0: pin 18 is strike's"),
        ("jig = 25", "jig = 4", "boards.gate.wiring.power: pin 4 is strike's"),
        ('"bench"', '"desk"', "boards.gate.jig: there is no [jigs.desk]"),
        ('jig = "bench"', "", "boards.gate.jig: strike, d0, power are wired to one"),
        ("community.key", "no.key", "boards.gate.community_key: no file"),
    ],
)
def test_what_does_not_fit_together_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = mistakes(tmp_path, REAL.replace(old, new))
    assert len(found) == 1 and found[0].startswith(told)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert "line 2" in mistakes(tmp_path, "\nboards = 3 4")[0]
    with pytest.raises(RigError, match="No such file"):
        read_rig(tmp_path / "none.toml")
