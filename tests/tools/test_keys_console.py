"""`linli keys console` answers what a board asks, and a board takes the answer."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linli_firmware.node.console import CHALLENGE_LENGTH, Console
from linli_protocol import keys
from linli_tools.cli import app
from linli_tools.failure import Failure
from pins import Bench, InPin

COMMUNITY_KEY = bytes(range(16))  # test key
DEVICE = "01020304"
ROOT = keys.root_key(COMMUNITY_KEY, int(DEVICE, 16))
CHALLENGE = bytes(range(16, 32)).hex()


def answer(*arguments: str | Path) -> str:
    ran = CliRunner().invoke(app, ["keys", "console", *map(str, arguments)])
    assert ran.exit_code == 0, ran.output
    assert ran.stderr == ""
    return ran.stdout.strip()


@pytest.fixture
def community_key(tmp_path: Path) -> Path:
    path = tmp_path / "community.key"
    path.write_text(COMMUNITY_KEY.hex())
    return path


@pytest.fixture
def device_key(tmp_path: Path) -> Path:
    path = tmp_path / "device.key"
    path.write_text(ROOT.hex())
    return path


class Keyboard:
    """A board's console with somebody at it."""

    def __init__(self) -> None:
        self.typed = ""
        self.is_open = False

    def read_key(self) -> str:
        key, self.typed = self.typed[:1], self.typed[1:]
        return key

    def open_console(self) -> None:
        self.is_open = True

    def random(self, count: int) -> bytes:
        return bytes.fromhex(CHALLENGE)[:count]


def test_a_board_opens_its_console_for_the_answer(community_key: Path) -> None:
    keyboard, jumper, shown = Keyboard(), InPin(Bench()), list[str]()
    console = Console(
        keyboard, jumper, keys.console_key(ROOT), lambda was_right, now: None, shown.append
    )
    jumper.move(1)
    console.poll(0)
    challenge = shown[0].removeprefix("console challenge: ")
    assert len(bytes.fromhex(challenge)) == CHALLENGE_LENGTH
    keyboard.typed = answer("--community-key", community_key, "--device", DEVICE, challenge) + "\r"
    console.poll(50)
    assert keyboard.is_open


def test_the_devices_own_key_gives_the_same_answer(community_key: Path, device_key: Path) -> None:
    given = answer("--device-key", device_key, CHALLENGE)
    assert given == answer("--community-key", community_key, "--device", DEVICE, CHALLENGE.upper())
    assert json.loads(answer("--device-key", device_key, "--json", CHALLENGE)) == {"answer": given}
    assert COMMUNITY_KEY.hex() not in given and ROOT.hex() not in given


def test_another_challenge_device_or_generation_has_another_answer(community_key: Path) -> None:
    community = ("--community-key", community_key)
    answers = {
        answer(*community, "--device", "1", CHALLENGE),
        answer(*community, "--device", "2", CHALLENGE),
        answer(*community, "--device", "1", "--generation", "1", CHALLENGE),
        answer(*community, "--device", "1", CHALLENGE[2:] + "00"),
    }
    assert len(answers) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [CHALLENGE],
        [CHALLENGE, "--device-key", "-", "--community-key", "-", "--device", "1"],
        [CHALLENGE, "--device-key", "-", "--device", "1"],
        [CHALLENGE, "--community-key", "-"],
        [CHALLENGE, "--community-key", "-", "--device", "door"],
        [CHALLENGE[2:], "--device-key", "-"],
        [CHALLENGE[1:], "--device-key", "-"],
        ["console", "challenge:", "--device-key", "-"],
    ],
)
def test_wrong_usage_exits_2_before_any_key_is_read(arguments: list[str]) -> None:
    ran = CliRunner().invoke(app, ["keys", "console", *arguments], input=ROOT.hex())
    assert ran.exit_code == 2
    assert ran.stderr
    assert ROOT.hex() not in ran.output


def test_a_key_file_without_a_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wrong.key"
    path.write_text(ROOT.hex()[2:])
    ran = CliRunner().invoke(app, ["keys", "console", "--device-key", str(path), CHALLENGE])
    assert isinstance(ran.exception, Failure)
    assert str(path) in str(ran.exception)
    assert ROOT.hex()[2:] not in str(ran.exception)
