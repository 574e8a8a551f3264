"""The jig: its own firmware on an emulated board, wired to another; the rig's drivers between them.

So `pytest hil_tests` runs here as it does with real boards: over serial ports, in real time.
"""

import binascii
import io
import os
import subprocess
import sys
import threading
import time
import tty
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest

import emulated
from emulated import ADDRESS, IDENTITY
from linli_hil.emulator import EmulatedBoard, make_image
from linli_hil.emulator.terminal import Terminal
from linli_hil.rig.jig import Jig, JigError, checked

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "hil_tests/jig"
# Pins of the device, and of the jig they are wired to.
INPUTS = {"contact": (4, 14), "exit_button": (5, 15), "d0": (16, 12), "d1": (17, 13)}
OUTPUTS = {"strike": (18, 26), "led": (2, 27), "buzzer": (19, 32)}
INVERTED = ("d0", "d1")
SUPPLY = 25
# How late the wires may be: what is played goes on at its own pace so long after it was sent.
WIRE_S = 0.001


def loaded(name: str) -> ModuleType:
    """Return a module of the jig's firmware."""
    spec = util.spec_from_file_location(name, FIRMWARE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def jig_board() -> EmulatedBoard:
    files = {file.name: file.read_bytes() for file in FIRMWARE.glob("*.py")}
    return EmulatedBoard(make_image(files, 64), {}, stays_on=True)


class Desk:
    """Emulated boards behind pseudo-terminals, kept going by threads until `close`."""

    def __init__(self) -> None:
        self._is_over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._closing: list[Terminal] = []

    def put(self, board: EmulatedBoard, supply: threading.Event) -> Terminal:
        """Have a board on as long as its supply is."""
        terminal = Terminal(board, lambda cause: None)
        self._closing.append(terminal)

        def keep() -> None:
            if supply.is_set():
                terminal.power_on()
            else:
                terminal.power_off()
            terminal.turn()

        self._go_on(keep)
        return terminal

    def wire(self, device: EmulatedBoard, jig: EmulatedBoard, supply: threading.Event) -> None:
        """Wire the device's pins to the jig's."""
        to_device = {theirs: ours for ours, theirs in INPUTS.values()}
        to_jig = dict(OUTPUTS.values())
        for pin in to_device.values():
            device.drive(pin, 0)
        for name in INVERTED:
            device.drive(INPUTS[name][0], 1)
        seen = {id(device): 0, id(jig): 0}

        def new(board: EmulatedBoard) -> list[tuple[int, int, int]]:
            changes = board.outputs
            if len(changes) < seen[id(board)]:
                seen[id(board)] = 0
            found = changes[seen[id(board)] :]
            seen[id(board)] = len(changes)
            return found

        def carry() -> None:
            edges = []
            before: int | None = None
            for at, pin, level in new(jig):
                if pin == SUPPLY:
                    supply.set() if level else supply.clear()
                elif pin in to_device:
                    edges.append((0 if before is None else at - before, to_device[pin], level))
                    before = at
            if edges:
                device.play(edges)
            for _, pin, level in new(device):
                if pin in to_jig:
                    jig.drive(to_jig[pin], level)
            time.sleep(WIRE_S)

        self._go_on(carry)

    def _go_on(self, turn: object) -> None:
        assert callable(turn)

        def run() -> None:
            while not self._is_over.is_set():
                turn()

        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()

    def close(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        for terminal in self._closing:
            terminal.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    found = Desk()
    yield found
    found.close()


def always_on() -> threading.Event:
    supply = threading.Event()
    supply.set()
    return supply


def bare_rig_file(folder: Path, door: Terminal) -> Path:
    """Write the rig file of a door with nothing at its pins."""
    path = folder / "bare.toml"
    path.write_text(
        f'[boards.gate]\nkind = "serial"\napp = "door"\nconsole = "{door.console.path}"\n'
        f'line = "{door.line.path}"\nwiring = {{}}\n'
    )
    return path


def rig_file(folder: Path, jig: Terminal, door: Terminal) -> Path:
    """Write the rig file of a door that is wired to a jig."""
    wires = {}
    for name, (pin, at_jig) in (INPUTS | OUTPUTS).items():
        option = ', inverted = true, pull = "up"' if name in INVERTED else ""
        wires[name] = f"{name} = {{ pin = {pin}, jig = {at_jig}{option} }}"
    path = folder / "rig.toml"
    path.write_text(
        f'[jigs.bench]\nport = "{jig.console.path}"\n'
        f'[boards.gate]\nkind = "serial"\napp = "door"\naddress = "{ADDRESS:08x}"\n'
        f'console = "{door.console.path}"\nline = "{door.line.path}"\n'
        f'jig = "bench"\npower = {{ jig = {SUPPLY} }}\n[boards.gate.wiring]\n'
        + "\n".join(wires.values())
        + "\n"
    )
    return path


def outcomes(folder: Path, rig: Path, chosen: str) -> tuple[set[str], dict[str, str]]:
    """Run the rig's tests; return those that passed, and why others were not run."""
    report = folder / "junit.xml"
    words = ["hil_tests", "--rig", rig, "--patience", "30", "--junitxml", report, "-k", chosen]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, words)]
    for _ in range(2):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
        # Unlike a real jig this one may have been stopped amid a card, by a host that is busy.
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stdout + done.stderr
    passed, missing = set(), {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = str(case.get("name")).partition("[")[0]
        skipped = case.find("skipped")
        if skipped is None:
            properties = {each.get("name"): each.get("value") for each in case.iter("property")}
            assert (properties["board"], properties["kind"]) == ("gate", "serial")
            assert float(str(case.get("time"))) > 0
            passed.add(name)
        else:
            missing[name] = str(skipped.get("message"))
    return passed, missing


def test_the_rigs_tests_run_over_serial_ports_and_a_jig(desk: Desk, tmp_path: Path) -> None:
    content = emulated.files("door") | emulated.configuration("door")
    door_board = EmulatedBoard(make_image(content, 384), IDENTITY, stays_on=True)
    jig = jig_board()
    supply = threading.Event()
    door = desk.put(door_board, supply)
    rig = rig_file(tmp_path, desk.put(jig, always_on()), door)
    desk.wire(door_board, jig, supply)
    chosen = (
        "joins or known_card or unknown_card or without_leave or garbage or 120_hours "
        "or works_is_confirmed or decommissioned or million"
    )
    passed, missing = outcomes(tmp_path, rig, chosen)
    assert passed == {
        "test_the_board_joins_after_power_up",
        "test_a_known_card_releases_the_door_for_its_time",
        "test_an_unknown_card_is_denied_and_told",
        "test_a_door_opened_without_leave_is_forced_until_it_is_shut",
        "test_garbage_on_the_line_does_not_stop_the_board",
    }
    wanted = {
        "test_decisions_of_120_hours_alone_are_forwarded_exactly_once": "patience for 3599.7 s",
        "test_an_update_that_works_is_confirmed": "boards.gate.update",
        "test_a_decommissioned_board_has_no_key": "boards.gate.expendable",
        "test_a_million_pulses_outlive_power_cuts_and_brown_outs": "a board with meter",
    }
    assert missing.keys() == wanted.keys()
    for name, reason in wanted.items():
        assert f"not run for want of {reason}" in missing[name]
    # Without a jig, on a board that somebody has just switched on.
    supply.set()
    chosen = "joins or unknown_card or garbage"
    passed, missing = outcomes(tmp_path, bare_rig_file(tmp_path, door), chosen)
    assert passed == {"test_garbage_on_the_line_does_not_stop_the_board"}
    assert "boards.gate.power" in missing["test_the_board_joins_after_power_up"]
    assert "boards.gate.jig" in missing["test_an_unknown_card_is_denied_and_told"]


def test_a_jig_drives_plays_and_watches_at_its_times(desk: Desk) -> None:
    board = jig_board()
    terminal = desk.put(board, always_on())
    jig = Jig(terminal.console.path)
    jig.ask("drive", 4, 1)
    assert board.level(4) == 1 and jig.ask("level", 4) == ["1"]
    assert jig.ask("watch", 18) == ["0"]
    board.play([(5_000, 18, 1), (7_000, 18, 0)])
    assert emulated.comes(lambda: jig.ask("hello") and len(jig.changes) == 2)
    (first, pin, level), (second, _, last) = jig.changes
    assert (pin, level, last) == (18, 1, 0) and 6_000 < second - first < 30_000
    board_began = len(board.outputs)
    ended = int(jig.ask("play", "2000:5:1", "50:5:0", "2000:5:1")[0])
    edges = [each for each in board.outputs[board_began:] if each[1] == 5]
    assert [level for _, _, level in edges] == [1, 0, 1]
    assert edges[1][0] - edges[0][0] >= 50 and edges[2][0] - edges[1][0] >= 2_000
    assert ended > second
    jig.ask("pulse", 6, 100, 100)
    assert len([each for each in board.outputs if each[1] == 6]) == 200
    with pytest.raises(JigError, match="no such request: fly"):
        jig.ask("fly")
    with pytest.raises(JigError, match="neither DAC nor PWM"):
        jig.ask("voltage", 7, 1000)
    jig.close()
    assert board.level(4) == 0


class Ear:
    """A jig's side of a conversation: bytes in, lines out."""

    def __init__(self) -> None:
        self.obeyed: list[list[str]] = []
        self.out = io.StringIO()
        self.source = io.BytesIO()
        self.lines = loaded("jig_lines").Lines(self, self.out, self.obey)

    def obey(self, words: list[str]) -> str:
        self.obeyed.append(words)
        return str(len(self.obeyed))

    def read(self, count: int) -> bytes:
        return self.source.read(count)

    def hear(self, data: bytes) -> str:
        self.source = io.BytesIO(data)
        self.out.truncate(0)
        self.out.seek(0)
        for _ in data:
            self.lines.read()
        return self.out.getvalue()


def test_a_request_that_comes_twice_is_obeyed_once_and_a_damaged_one_never() -> None:
    ear = Ear()
    request = checked("#7 drive 4 1")
    assert ear.hear(request).startswith("#7 ok 1*")
    assert ear.hear(request).startswith("#7 ok 1*")
    assert ear.hear(request.replace(b"4", b"5")) == ""
    assert ear.hear(b"\xff\x00" + request) == "" and ear.hear(b"x" * 5000 + b"\n") == ""
    assert ear.hear(checked("#8 drive 4 0")).startswith("#8 ok 2*")
    assert ear.obeyed == [["drive", "4", "1"], ["drive", "4", "0"]]


def test_the_host_repeats_what_is_not_answered_and_notices_a_lost_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("linli_hil.rig.jig._ANSWER_S", 0.3)
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    lost = iter([True, False, True])
    told = iter(["!0 10 18 1", "!2 30 18 0"])

    def answer() -> None:
        heard = b""
        while True:
            try:
                heard += os.read(ours, 4096)
            except OSError:
                return
            *requests, heard = heard.split(b"\n")
            for request in requests:
                number, _, words = request.partition(b"*")[0].decode().partition(" ")
                if not number or next(lost, False):
                    continue
                if words == "now":
                    os.write(ours, checked(next(told)))
                version = "linli-jig 1 0" if words == "hello" else ""
                os.write(ours, checked(f"{number} ok {version}".strip()))

    thread = threading.Thread(target=answer)
    thread.start()
    jig = Jig(os.ttyname(theirs))
    jig.ask("now")
    assert jig.changes == [(10, 18, 1)]
    with pytest.raises(JigError, match="changes of pins are lost"):
        jig.ask("now")
    os.close(theirs)
    jig._line.close()
    thread.join(5)
    os.close(ours)


def test_both_ends_check_lines_alike() -> None:
    text = "#1 hello"
    assert checked(text).decode() == loaded("jig_lines").checked(text) + "\n"
    assert f"{binascii.crc32(text.encode()) & 0xFFFF:04x}" in checked(text).decode()
