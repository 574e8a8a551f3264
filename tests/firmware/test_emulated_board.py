"""The firmware in a real MicroPython, from a flash image, over a serial line, as on a board."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import emulated
from emulated import ADDRESS, ROOT, LiveHub
from linli_hil.emulator import EmulatedBoard, Ended, make_image, read_image
from linli_protocol import codes, keys, messages
from linli_protocol.crypto import cmac

KINDS = {"door": codes.DOOR, "valve_meter": codes.METER, "panic": codes.PANIC}


@contextmanager
def running(board: EmulatedBoard) -> Iterator[EmulatedBoard]:
    """Have the board thrown away at the end, with what it printed."""
    try:
        yield board
    finally:
        print(board.printed.decode(errors="replace"))
        board.close()


@pytest.fixture(scope="module")
def door() -> dict[str, bytes]:
    return emulated.files("door") | emulated.configuration("door")


@pytest.mark.parametrize("app", sorted(KINDS))
def test_each_kind_of_device_boots_joins_and_is_known_to_the_hub(app: str) -> None:
    content = emulated.files(app) | emulated.configuration(app)
    with running(emulated.board(content)) as board:
        hub = LiveHub()
        assert hub.serve(board.power_on(), lambda: hub.of(messages.HELLO))
        (hello,) = hub.of(messages.HELLO)
        assert hello["device_kind"] == KINDS[app]
        assert hello["reset_cause"] == codes.POWER_ON
        assert hello["firmware"] == emulated.OLD


def test_a_door_obeys_a_command_and_remembers_it_over_a_power_cut(
    door: dict[str, bytes],
) -> None:
    with running(emulated.board(door)) as board:
        hub = LiveHub()
        line = board.power_on()
        assert hub.serve(line, lambda: hub.of(messages.HELLO))
        hub.hub.command(ADDRESS, codes.RELEASE_DOOR, hub.now, 60)
        assert hub.serve(line, lambda: hub.of(messages.RESULT) and hub.of(messages.EVENT))
        assert hub.of(messages.RESULT)[0]["status"] == codes.DONE
        assert hub.of(messages.EVENT)[0]["code"] == codes.REMOTE_RELEASED
        board.power_off()
        hub.heard.clear()
        line = board.power_on()
        assert hub.serve(line, lambda: hub.of(messages.HELLO))
        assert hub.of(messages.HELLO)[0]["boots"] == 2
        hub.hub.command(ADDRESS, codes.RELEASE_DOOR, hub.now, 60)
        assert hub.serve(line, lambda: hub.of(messages.EVENT))
        assert hub.of(messages.EVENT)[0]["sequence"] == 1


def test_a_board_whose_store_is_lost_joins_again_with_numbers_never_used(
    door: dict[str, bytes],
) -> None:
    hub = LiveHub()
    with running(emulated.board(door)) as board:
        for _ in range(4):
            hub.heard.clear()
            assert hub.serve(board.power_on(), lambda: hub.of(messages.HELLO))
            board.power_off()
        kept = json.loads(board.nvs.rstrip(b"\xff"))
    nvs = {name: bytes.fromhex(value) for name, value in kept.items()}
    with running(emulated.board(door, nvs)) as board:
        hub.heard.clear()
        assert hub.serve(board.power_on(), lambda: hub.of(messages.HELLO))
        assert hub.of(messages.HELLO)[0]["boots"] == 1


def test_the_board_sees_no_file_of_the_host_and_has_no_rights(tmp_path: Path) -> None:
    probe = b"""
import os, sys
for path in ("/etc/passwd", "/proc/self/status", "../../etc/passwd", "/tmp", "/root"):
    try:
        os.stat(path)
        print("SEEN", path)
    except OSError:
        pass
print(sorted(os.listdir("/")), os.getcwd())
def remove(folder):
    for name, kind, *rest in os.ilistdir(folder):
        path = folder.rstrip("/") + "/" + name
        if kind == 0x4000:
            remove(path)
        os.remove(path)
remove("/")
print(os.listdir("/"))
sys.stdin.readline()
"""
    victim = tmp_path / "victim"
    victim.write_text("here")
    tmp_path.chmod(0o777)
    with running(EmulatedBoard(make_image({"main.py": probe, "a/b": b"c"}, 64), {})) as board:
        board.power_on()
        assert emulated.comes(lambda: board.printed.split()[-1:] == [b"[]"])
        assert board.account["Uid"].split()[0] != "0" and int(board.account["CapEff"], 16) == 0
        board.type(b"\n")
        assert board.wait(10) is Ended.ENDED
        assert b"SEEN" not in board.printed
        assert board.printed.startswith(b"['a', 'main.py'] /")
        assert read_image(board.flash) == {}
    assert victim.read_text() == "here"


def test_a_board_without_key_waits_for_it(door: dict[str, bytes]) -> None:
    with running(emulated.board(door, {})) as board:
        board.power_on()
        with pytest.raises(TimeoutError):
            board.wait(2)
        board.power_off()
        assert b"not provisioned: no address and key" in board.printed


def test_a_board_that_nothing_can_reach_says_so_and_waits(door: dict[str, bytes]) -> None:
    content = door | {"config/config.json": b"{", "lib/build.json": _without_bearers(door)}
    with running(emulated.board(content)) as board:
        board.power_on()
        assert emulated.comes(lambda: b"no bearer for safe mode" in board.printed)
        assert b"config.json: no JSON" in board.printed
        with pytest.raises(TimeoutError):
            board.wait(2)


def _without_bearers(content: dict[str, bytes]) -> bytes:
    return json.dumps(json.loads(content["lib/build.json"]) | {"bearers": []}).encode()


def test_a_production_board_prints_no_secret_and_ignores_the_keyboard() -> None:
    content = emulated.files("door", production=True) | emulated.configuration("door")
    with running(emulated.board(content)) as board:
        hub = LiveHub()
        line = board.power_on()
        assert hub.serve(line, lambda: hub.of(messages.HELLO))
        board.type(b"\x03\x03\x01\x04print(1)\r\n")
        hub.hub.command(ADDRESS, codes.RELEASE_DOOR, hub.now, 60)
        assert hub.serve(line, lambda: hub.of(messages.RESULT))
        board.power_off()
        assert ROOT.hex().encode() not in board.printed
        assert ROOT not in board.printed and b">>>" not in board.printed


def test_the_console_opens_to_jumper_and_key() -> None:
    content = emulated.files("door", production=True) | emulated.configuration("door")
    with running(emulated.board(content)) as board:
        hub = LiveHub()
        line = board.power_on(levels={emulated.SERVICE_PIN: 0})
        assert hub.serve(line, lambda: hub.of(messages.HELLO))
        assert hub.serve(line, lambda: b"console challenge: " in board.printed)
        challenge = bytes.fromhex(board.printed.split(b"challenge: ")[1].split()[0].decode())
        board.type(cmac(keys.console_key(ROOT), challenge).hex().encode() + b"\r")
        assert hub.serve(line, lambda: hub.of(messages.EVENT))
        assert hub.of(messages.EVENT)[0]["code"] == codes.CONSOLE_OPENED
        assert b"console open" in board.printed


def test_decommissioning_leaves_nothing_on_any_flash(door: dict[str, bytes]) -> None:
    content = door | {"config/ca/broker.der": bytes(range(200)), "data/old/note": b"x" * 40}
    with running(emulated.board(content)) as board:
        hub = LiveHub()
        line = board.power_on()
        assert hub.serve(line, lambda: hub.of(messages.HELLO))
        hub.hub.command(ADDRESS, codes.RELEASE_DOOR, hub.now, 60)
        assert hub.serve(line, lambda: hub.of(messages.EVENT))
        assert ROOT in board.nvs.replace(b'"', b"") or ROOT.hex().encode() in board.nvs
        hub.heard.clear()
        hub.hub.decommission(ADDRESS, hub.now, 60)
        assert hub.serve(line, lambda: hub.of(messages.RESULT), 10)
        assert board.wait(90) is Ended.RESET
        board.power_on()
        assert board.wait(90) is Ended.RESET
        assert b"0 of " in board.printed and b"key gone" in board.printed
        assert set(board.nvs) == {0xFF}
        left = read_image(board.flash)
        assert not [path for path in left if path.startswith(("data", "config", "decommission"))]
        hub.heard.clear()
        board.power_on()
        with pytest.raises(TimeoutError):
            board.wait(2)
        assert b"not provisioned" in board.printed
