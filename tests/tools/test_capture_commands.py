"""`linli frames sniff` and `linli firmware monitor` as an engineer uses them."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from exchanges import BANNER, LOG, console, damaged, exchange
from linli_protocol.framing import encode_frame
from linli_tools.capture.records import Damaged, Recorder
from linli_tools.cli import main
from linli_tools.decode import Decoder
from linli_tools.listener import Listener
from pair import COMMUNITY_KEY
from wireshark import DISSECTOR, TSHARK, fields, needs_tshark

LINLI = [sys.executable, "-c", "from linli_tools.cli import main; main()"]
WAIT_S = 30


class Run:
    """A command at work: what it says is waited for, and ctrl-C ends it."""

    def __init__(self, *arguments: str | Path, stdin: int | None = None) -> None:
        self.process = subprocess.Popen(
            [*LINLI, *map(str, arguments)],
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.said = {"out": b"", "err": b""}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()

    def expect(self, text: str, stream: str = "out") -> str:
        """Read until `text` has been said, and return all that was said there."""
        end = time.monotonic() + WAIT_S
        pipe = self.process.stdout if stream == "out" else self.process.stderr
        assert pipe
        while text.encode() not in self.said[stream]:
            ready, _, _ = select.select([pipe], [], [], max(0, end - time.monotonic()))
            data = os.read(pipe.fileno(), 65_536) if ready else b""
            assert data, f"{text!r} is not in {self.said}"
            self.said[stream] += data
        return self.said[stream].decode()

    def interrupt(self) -> None:
        """Press ctrl-C, and read what is said to the end."""
        self.process.send_signal(signal.SIGINT)
        self.finish()

    def finish(self, code: int = 0) -> None:
        """Read what is said to the end."""
        out, err = self.process.communicate(timeout=WAIT_S)
        self.said["out"] += out
        self.said["err"] += err
        assert self.process.returncode == code, self.said
        assert b"Traceback" not in self.said["err"]

    @property
    def lines(self) -> list[str]:
        return self.said["out"].decode().splitlines()


def finished(*arguments: str | Path, stdin: bytes = b"", code: int = 0) -> tuple[str, str]:
    run = subprocess.run(
        [*LINLI, *map(str, arguments)], input=stdin, capture_output=True, timeout=WAIT_S
    )
    assert run.returncode == code, run.stderr
    assert b"Traceback" not in run.stderr
    return run.stdout.decode(), run.stderr.decode()


class Board:
    """A board's side of a pty, plugged in at `port`."""

    def __init__(self, port: Path) -> None:
        self._port = port
        self._own, self._other = os.openpty()
        tty.setraw(self._other)
        port.symlink_to(os.ttyname(self._other))

    def say(self, data: bytes) -> None:
        os.write(self._own, data)

    def unplug(self) -> None:
        self._port.unlink()
        os.close(self._own)
        os.close(self._other)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "community.key"
    path.write_text(COMMUNITY_KEY.hex())
    return path


@pytest.fixture
def port(tmp_path: Path) -> Path:
    return tmp_path / "ttyBoard"


@pytest.fixture
def board(port: Path) -> Iterator[Board]:
    board = Board(port)
    yield board
    with contextlib.suppress(OSError):
        board.unplug()


def test_a_file_of_bytes_gives_a_line_a_packet_and_the_text_between(
    tmp_path: Path, key: Path
) -> None:
    path = tmp_path / "line.bin"
    path.write_bytes(console() + damaged(exchange()[0]))
    out, err = finished("frames", "sniff", path, "--community-key", key)
    lines = [line[14:] for line in out.splitlines()]
    assert lines[0] == f"log   {BANNER}"
    assert lines[1].startswith("up    01020304  join-request         #0   37 B  nonce ")
    assert "log   I (1234) node: joined" in lines
    assert (
        "up    01020304  alarm                #1   31 B  "
        "incident 5 · time 2027-01-15 08:00:00 UTC · cause press · presses 2" in lines
    )
    assert lines[-2] == "log   >>> "
    assert lines[-1].startswith("????  ") and "WRONG: CRC is" in lines[-1]
    assert err == f"{len(exchange())} packets, 1 damaged, 3 lines of text\n"


def test_without_keys_the_counter_s_low_half_is_shown() -> None:
    out, _ = finished("frames", "sniff", "-", stdin=encode_frame(exchange()[4]))
    assert "alarm                ~1   31 B  sealed; give a key to open it" in out


def test_json_is_an_object_a_line_with_the_decoder_s_layers(key: Path) -> None:
    out, _ = finished("frames", "sniff", "-", "--community-key", key, "--json", stdin=console())
    records = [json.loads(line) for line in out.splitlines()]
    assert records[0]["log"] == BANNER and LOG in [record.get("log") for record in records]
    packets = [record for record in records if "bytes" in record]
    assert [bytes.fromhex(record["bytes"]) for record in packets] == exchange()
    alarm = packets[4]["layers"][-1]
    assert alarm["layer"] == "alarm" and alarm["words"]["cause"] == "press"
    assert [record["direction"] for record in packets[:2]] == ["up", "down"]


def test_what_a_board_says_does_not_drive_the_terminal() -> None:
    out, _ = finished("frames", "sniff", "-", stdin=b"\x1b]0;owned\x07\x1b[31mred\x1b[0m\r\n")
    assert out.endswith("log   \\x1b]0;owned\\x07red\n")


@needs_tshark
def test_a_capture_shows_what_was_seen_and_is_for_its_owner_only(tmp_path: Path, key: Path) -> None:
    path = tmp_path / "line.pcapng"
    command = ("frames", "sniff", "-", "--community-key", key, "--bearer", "ble")
    finished(*command, "--write", path, stdin=console())
    assert path.stat().st_mode & 0o077 == 0
    shown = fields(path, "linli_capture.bearer", "linli.body.incident", shown="linli.kind == 0x14")
    assert shown == [("4", "5")]


@needs_tshark
@pytest.mark.skipif(shutil.which("dumpcap") is None, reason="no dumpcap: apt install tshark")
def test_wireshark_follows_a_line_live(board: Board, port: Path, key: Path) -> None:
    assert TSHARK
    with Run("frames", "sniff", port, "--community-key", key, "--write", "-") as sniff:
        sniff.expect("open", "err")
        script = ["-X", f"lua_script:{DISSECTOR}"]
        live = subprocess.Popen(
            [TSHARK, *script, "-l", "-i", "-", "-c", "3"],
            stdin=sniff.process.stdout,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert live.stdout
        for data, told in zip(exchange(), ("join-request", "join-accept", "hello"), strict=False):
            # One at a time: what is shown did not wait for what follows.
            board.say(encode_frame(data))
            assert select.select([live.stdout], [], [], WAIT_S)[0]
            assert told in live.stdout.readline()
        live.wait(WAIT_S)
        live.stdout.close()


def test_a_reader_that_goes_away_ends_the_capture_in_peace(board: Board, port: Path) -> None:
    with Run("frames", "sniff", port, "--write", "-") as sniff:
        sniff.expect("open", "err")
        assert sniff.process.stdout
        board.say(encode_frame(exchange()[0]))
        sniff.expect("join-request", "err")
        sniff.process.stdout.close()
        board.say(encode_frame(exchange()[0]) * 2)
        sniff.process.wait(WAIT_S)
        assert sniff.process.returncode == 0


def test_bytes_come_over_tcp(key: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT_S)
        address = f"tcp:127.0.0.1:{server.getsockname()[1]}"
        with Run("frames", "sniff", address, "--community-key", key) as sniff:
            connection, _ = server.accept()
            with connection:
                connection.sendall(console())
                sniff.expect("access-list")
            sniff.finish()
    assert "cause press" in sniff.said["out"].decode()


def test_each_datagram_is_a_packet(key: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    with (
        Run("frames", "sniff", f"udp:127.0.0.1:{number}", "--community-key", key) as sniff,
        socket.socket(type=socket.SOCK_DGRAM) as sender,
    ):
        end = time.monotonic() + WAIT_S
        while not select.select([sniff.process.stdout], [], [], 0.1)[0]:
            assert time.monotonic() < end
            sender.sendto(exchange()[0], ("127.0.0.1", number))
        for data in (*exchange()[1:5], b"nonsense"):
            sender.sendto(data, ("127.0.0.1", number))
        sniff.expect("WRONG: 8 bytes")
        sniff.interrupt()
    assert "cause press" in sniff.said["out"].decode()


def test_a_monitor_waits_for_its_board_and_finds_it_again(
    port: Path, key: Path, tmp_path: Path
) -> None:
    path = tmp_path / "board.pcapng"
    packets = exchange()
    command = ("firmware", "monitor", "--port", port, "--community-key", key, "--write", path)
    with Run(*command) as monitor:
        monitor.expect(f"{port}: no such port is there; waiting for it", "err")
        board = Board(port)
        monitor.expect(f"{port}: open", "err")
        board.say(
            BANNER.encode() + b"\r\n" + encode_frame(packets[0]) + encode_frame(packets[1])[:20]
        )
        monitor.expect("join-request")
        board.unplug()
        monitor.expect(f"{port}: gone; waiting for it", "err")
        board = Board(port)
        monitor.expect(f"gone; waiting for it\n{port}: open", "err")
        for data in (packets[1], packets[2]):
            board.say(encode_frame(data))
        board.say(b">>> ")
        monitor.expect("log   >>> ")
        monitor.interrupt()
        board.unplug()
    told = [line.split()[1:4] for line in monitor.lines]
    assert told[0][0] == "log" and told[1][2] == "join-request"
    # The rest of a frame that was cut off does not cost the next one.
    assert [row[2] for row in told[-3:-1]] == ["join-accept", "hello"]
    assert "device_kind meter" in monitor.lines[-2]
    assert "3 packets, 1 damaged, 2 lines of text" in monitor.said["err"].decode()
    assert path.stat().st_size > 500


def test_pieces_of_frames_from_before_and_after_a_loss_are_not_joined() -> None:
    recorder = Recorder(Decoder(Listener(lambda device: None)), is_stream=True)
    frame = encode_frame(exchange()[0])
    assert not recorder.take(frame[:20], 1)
    (lost,) = recorder.interrupt(2)
    (rest,) = recorder.take(frame[20:], 3)
    assert isinstance(lost, Damaged) and isinstance(rest, Damaged)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["frames", "sniff", "/dev/ttyNone"], 1, "/dev/ttyNone: no such port is there"),
        (["frames", "sniff", "no-such-file"], 1, "no-such-file: no such file or port is there"),
        (["frames", "sniff", "."], 1, ".: Is a directory"),
        (["frames", "sniff", "/dev/null"], 1, "/dev/null: it is no serial port"),
        (["frames", "sniff", "tcp:127.0.0.1:1"], 1, "tcp:127.0.0.1:1: Connection refused"),
        (["frames", "sniff", "tcp:nowhere"], 2, "'tcp:nowhere' is not tcp:HOST:PORT"),
        (["frames", "sniff", "udp:99999"], 2, "is not udp:HOST:PORT"),
        (["frames", "sniff", "-", "--bearer", "smoke"], 2, "'smoke' is none of line, uart"),
        (["frames", "sniff", "-", "--community-key", "-"], 2, "for one thing only"),
        (["frames", "sniff", "-", "--write", "/no/such/folder"], 1, "--write /no/such/folder: No"),
        (["frames", "sniff", "/dev/ttyNone", "--mode", "9N1"], 2, "'9N1' is no mode"),
        (["frames", "sniff", "/dev/zero", "--write", "/dev/zero"], 2, "this is what is read"),
        (["firmware", "monitor", "--port", "."], 1, ".: this is no serial port"),
        (["firmware", "monitor", "--port", "/dev/null"], 1, "/dev/null: it is no serial port"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    arguments: list[str],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["linli", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_a_capture_takes_the_place_of_another_and_of_nothing_else(
    tmp_path: Path, key: Path
) -> None:
    capture, line = tmp_path / "line.pcapng", tmp_path / "line.bin"
    line.write_bytes(console())
    capture.touch(0o644)
    for _ in range(2):
        finished("frames", "sniff", line, "--write", capture)
        assert capture.stat().st_mode & 0o777 == 0o600
        capture.chmod(0o644)
    for path in (line, key):
        before = path.read_bytes()
        code = 2 if path == line else 1
        finished("frames", "sniff", line, "--write", path, code=code)
        assert path.read_bytes() == before
    before = capture.read_bytes()
    finished("frames", "sniff", capture, "--write", capture, code=2)
    assert capture.read_bytes() == before


def test_a_port_that_another_program_has_is_told_so(board: Board, port: Path) -> None:
    with Run("firmware", "monitor", "--port", port) as first:
        first.expect("open", "err")
        board.say(b"hello\r\n")
        first.expect("hello")
        _, err = finished("firmware", "monitor", "--port", port, code=1)
        assert f"{port}: another program has it open" in err
        first.interrupt()
