"""`linli firmware update`: what it tells of a board that takes, refuses, or falls back from one."""

import json
import os
import select
import socket
import subprocess
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

import emulated
import updates
from linli_firmware.update.record import TRIES
from linli_hil.emulator import EmulatedBoard, make_image
from linli_hil.hub import DeviceHub
from linli_hil.rig.emulated import EmulatedSupply, VirtualClock
from linli_protocol import codes, keys, messages
from linli_protocol.bearer import Bearer
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.framing import FrameDecoder, encode_frame
from linli_protocol.link import Link
from linli_tools.cli import app
from linli_tools.failure import Failure
from linli_tools.firmware.update import run
from stores import Store

COMMUNITY_KEY = bytes(range(16))  # test key
ADDRESS = 0x01020304
NEW = updates.bundle(updates.app(updates.NEW))
LINLI = [sys.executable, "-c", "from linli_tools.cli import main; main()"]


class Board:
    """A board on a line: the device's link and the real receiver, slots and boot record.

    A new image proves itself if it `works`; if not, it is left after its tries.
    """

    def __init__(self) -> None:
        self.works = True
        self.board = updates.running_old()
        self.event: dict[str, int] | None = None
        self._store = Store()
        self._decoder = FrameDecoder()
        self._ends_at: int | None = None
        self._events = 0

    def start(self, now: int) -> None:
        self._ends_at = None
        association = DeviceAssociation(
            keys.root_key(COMMUNITY_KEY, ADDRESS),
            ADDRESS,
            codes.DOOR,
            self._store,
            os.urandom,
            lambda unix_s, offset, now: self._joined(now),
            {"join_spread_ms": 0, "join_retry_ms": 200},
        )
        self.link = Link(association, [Bearer("line", 240)], self._store, os.urandom)
        self.link.start(now)

    def _joined(self, now: int) -> None:
        self._greets = True

    def _send_greetings(self, now: int) -> None:
        self._greets = False
        hello = {
            "device_kind": codes.DOOR,
            "firmware": self.board.version,
            "boots": self.board.restarts,
            "reset_cause": codes.HARD_RESET,
        }
        self.link.send(messages.HELLO, hello, now)
        if self.event is not None:
            event = {"sequence": self._events, "time": 0, **self.event}
            self._events += 1
            self.link.send(messages.EVENT, event, now)
            self.event = None

    _greets = False

    def exchange(self, data: bytes, now: int) -> bytes:
        for packet in self._decoder.feed(data):
            delivery = self.link.receive(0, packet, now)
            if delivery is not None and delivery.kind == messages.UPDATE:
                self._take(delivery.fields, now)
        if self._greets:
            self._send_greetings(now)
        if self._ends_at is not None and now >= self._ends_at:
            self._restart(now)
        return b"".join(encode_frame(packet) for _, packet in self.link.poll(now))

    def _take(self, fields: dict[str, object], now: int) -> None:
        if not self.board.receiver:
            self.board.start_receiver()
        self.board.receiver.on_update(fields)
        for offset, state, image in self.board.poll():
            status = {"image": image, "offset": offset, "state": state}
            self.link.send(messages.UPDATE_STATUS, status, now)
        if self.board.receiver.is_ready and self._ends_at is None:
            self._ends_at = now + 500

    def _restart(self, now: int) -> None:
        self.board.boot()
        code = codes.UPDATE_INSTALLED
        if self.works:
            self.board.confirm()
        else:
            code = codes.UPDATE_ROLLED_BACK
            for _ in range(TRIES):
                self.board.boot()
        self.event = {"code": code, "detail": updates.NEW}
        self.start(now)


class Wire:
    """Virtual time, and a line whose far end is a board; packets take no time."""

    def __init__(self, board: Board) -> None:
        self.now = 0
        self.is_cut = False
        self._board = board
        self._down = b""
        board.start(0)

    def now_ms(self) -> int:
        return self.now

    def unix_s(self) -> int:
        return 1_800_000_000 + self.now // 1000

    def wait(self, ms: int, late_ms: int = 0) -> None:
        self.now += ms

    def read(self) -> bytes:
        if self.is_cut:
            raise EOFError("wire: gone")
        down, self._down = self._down, b""
        return self._board.exchange(down, self.now)

    def write(self, data: bytes) -> None:
        self._down += data

    def close(self) -> None:
        pass


def updated(board: Board, content: bytes = NEW, patience_s: float = 900) -> tuple[str, str | None]:
    """Return (result, reason) of an update of `board`."""
    wire = Wire(board)
    hub = DeviceHub(COMMUNITY_KEY, ADDRESS, clock=wire)
    result = run(hub, wire, content, patience_s, shown=False)
    assert (result.device, result.version) == ("01020304", "1.1.0")
    return result.result, result.reason


def test_an_image_that_proves_itself_is_confirmed() -> None:
    board = Board()
    assert updated(board) == ("confirmed", None)
    assert board.board.version == updates.NEW


def test_an_image_that_does_not_is_told_as_rolled_back() -> None:
    board = Board()
    board.works = False
    result, reason = updated(board)
    assert result == "rolled back" and "one before it runs" in str(reason)
    assert board.board.version == updates.OLD


def test_what_the_board_logged_before_is_no_word_about_this_update() -> None:
    board = Board()
    board.event = {"code": codes.UPDATE_ROLLED_BACK, "detail": updates.NEW}
    assert updated(board) == ("confirmed", None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"KIND": codes.METER}, "refused: kind of device"),
        ({"ABI": 1}, "refused: platform"),
        ({"private_key": 2}, "refused: signature"),
    ],
)
def test_a_refusal_has_the_boards_reason(fields: dict[str, int], reason: str) -> None:
    content = updates.bundle(updates.app(updates.NEW), **fields)
    assert updated(Board(), content) == ("refused", reason)


def test_an_image_that_failed_before_is_refused_by_what_the_board_remembers() -> None:
    board = Board()
    board.works = False
    updated(board)
    assert updated(board) == ("refused", "failed, the version before runs")


def test_a_board_that_runs_it_is_left_alone() -> None:
    board = Board()
    updated(board)
    assert updated(board) == ("runs already", "the device runs 1.1.0")


def test_a_door_takes_its_update_and_proves_it() -> None:
    content = emulated.files("door") | emulated.configuration("door")
    flash = make_image(content, 384)
    board = EmulatedBoard(flash, emulated.IDENTITY, stays_on=True, clock="virtual")
    try:
        line = EmulatedSupply(board)
        line.on()
        hub = DeviceHub(COMMUNITY_KEY, ADDRESS, clock=VirtualClock(board))
        bundle = emulated.update("door", codes.DOOR, emulated.files("door", emulated.NEW))
        result = run(hub, line, bundle, 900, shown=False)
        assert (result.result, result.version) == ("confirmed", "0.1.1")
    finally:
        print(board.printed.decode(errors="replace"))
        board.close()


def test_a_silent_board_is_given_up_after_the_patience() -> None:
    wire = Wire(Board())
    wire.read = lambda: b""  # type: ignore[method-assign]
    result = run(DeviceHub(COMMUNITY_KEY, ADDRESS, clock=wire), wire, NEW, 30, shown=False)
    assert result.result == "no word from the device"
    assert result.reason == "for 30 s while it was 'waiting for the device'"
    assert 30_000 < wire.now < 31_000


def test_a_line_that_goes_is_told() -> None:
    wire = Wire(Board())
    wire.is_cut = True
    with pytest.raises(Failure, match="wire: gone"):
        run(DeviceHub(COMMUNITY_KEY, ADDRESS, clock=wire), wire, NEW, 30, shown=False)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Return the options that name a bundle, the keys and the device."""
    (tmp_path / "new.llb").write_bytes(NEW)
    (tmp_path / "community.key").write_text(COMMUNITY_KEY.hex())
    bundle = ["--bundle", str(tmp_path / "new.llb")]
    return [*bundle, "--community-key", str(tmp_path / "community.key"), "--device", "01020304"]


@contextmanager
def at_work(exchange: Callable[[Board, int], None], board: Board) -> Iterator[None]:
    """Have a board at work in real time."""
    begun = time.monotonic()
    is_over = threading.Event()

    def work() -> None:
        board.start(0)
        while not is_over.wait(0.005):
            exchange(board, int((time.monotonic() - begun) * 1000))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def over(descriptor: int) -> Callable[[Board, int], None]:
    """Return what moves bytes between a board and an open file."""

    def exchange(board: Board, now: int) -> None:
        ready = select.select([descriptor], [], [], 0)[0]
        os.write(descriptor, board.exchange(os.read(descriptor, 4096) if ready else b"", now))

    return exchange


def linli(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [*LINLI, "firmware", "update", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def join_number(state: Path) -> str:
    """Return the number of the last join that the hub keeps."""
    (number,) = [value for key, value in json.loads(state.read_text()).items() if "join" in key]
    return str(number)


def test_over_a_serial_port_the_result_is_told_and_sessions_are_kept(
    files: list[str], tmp_path: Path
) -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs, termios.TCSANOW)
    state = tmp_path / "hub.state"
    arguments = ["--port", os.ttyname(theirs), "--state", str(state), *files]
    board = Board()
    with at_work(over(ours), board):
        assert linli(*arguments).stdout == "01020304 1.1.0 confirmed\n"
        assert state.stat().st_mode & 0o777 == 0o600
        begun = board.board.restarts
        # The session goes on: nothing has the board join again.
        joins = join_number(state)
        told = json.loads(linli(*arguments, "--json").stdout)
        assert told["result"] == "runs already" and board.board.restarts == begun
        assert join_number(state) == joins
    os.close(ours)
    os.close(theirs)


def test_over_tcp_the_board_calls_and_a_roll_back_is_a_failure(files: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    board = Board()
    board.works = False
    connection: list[socket.socket] = []

    def exchange(board: Board, now: int) -> None:
        if not connection:
            try:
                connection.append(socket.create_connection(("127.0.0.1", port)))
            except ConnectionRefusedError:
                return
        # The command hangs up when it is done.
        with suppress(BrokenPipeError, ConnectionResetError):
            over(connection[0].fileno())(board, now)

    with at_work(exchange, board):
        done = linli("--port", f"tcp:127.0.0.1:{port}", *files, code=1)
    assert done.stdout.startswith("01020304 1.1.0 rolled back: ")
    connection[0].close()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"--port": "/dev/no-such-port"}, "/dev/no-such-port"),
        ({"--bundle": "/no/such/file"}, "/no/such/file: No such file"),
        ({"--bundle": __file__}, "test_firmware_update.py: not a bundle"),
        ({"--community-key": "abc"}, "'abc'"),
        ({"--state": __file__}, "not a hub's state"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    files: list[str], changes: dict[str, str], named: str
) -> None:
    options = {"--port": "tcp:127.0.0.1:0"} | dict(zip(files[::2], files[1::2], strict=True))
    arguments = [each for option in (options | changes).items() for each in option]
    done = linli(*arguments, code=1)
    assert named in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("changes", [{"--port": "tcp:here"}, {"--device": "everyone"}])
def test_wrong_usage_exits_2(files: list[str], changes: dict[str, str]) -> None:
    options = {"--port": "tcp"} | dict(zip(files[::2], files[1::2], strict=True))
    arguments = [each for option in (options | changes).items() for each in option]
    assert CliRunner().invoke(app, ["firmware", "update", *arguments]).exit_code == 2
