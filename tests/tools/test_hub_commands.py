"""`linli hub`: a site is made, devices are enrolled and served, and nothing kept can be changed."""

import json
import os
import pty
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import emulated
from linli_tools.cli import app
from linli_tools.failure import Failure

WAIT_S = 30


def linli(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, list(words))
    if isinstance(done.exception, Failure):
        assert code == 1, done.exception
    else:
        assert done.exit_code == code, done.output
    return done


def said(done: Result) -> str:
    """Return what a command said, or the one line of its failure."""
    return str(done.exception) if isinstance(done.exception, Failure) else done.output


@pytest.fixture
def hub(tmp_path: Path) -> str:
    """Return the configuration of a new site."""
    password = tmp_path / "password"
    password.write_text("correct horse battery\n")
    folder = str(tmp_path / "site")
    linli("hub", "init", folder, "--admin", "lin", "--password-file", str(password))
    return f"{folder}/hub.toml"


def enrol(hub: str, device: str, way: str, code: int = 0) -> Result:
    words = ["enrol", device, "--kind", "door", "--way", way, "--by", "lin", "--config", hub]
    return linli("hub", *words, code=code)


def test_a_site_is_made_once_and_its_keys_are_its_own(hub: str, tmp_path: Path) -> None:
    folder = Path(hub).parent
    for name in ("community.key", "master.key", "hub.db"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert (folder / "community.key").read_text() != (folder / "master.key").read_text()
    assert b"correct horse" not in (folder / "hub.db").read_bytes()
    password = str(tmp_path / "password")
    again = linli("hub", "init", str(folder), "--admin", "lin", "--password-file", password, code=1)
    assert said(again).endswith("hub.toml: exists, and nothing is overwritten")


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("short")
    folder = tmp_path / "site"
    words = ["init", str(folder), "--admin", "lin", "--password-file", str(password)]
    assert "12 characters or more, this one 5" in said(linli("hub", *words, code=1))
    assert not folder.exists()


def test_devices_are_enrolled_on_ways_that_are_there(hub: str) -> None:
    enrol(hub, "01020304", "tcp")
    listed = json.loads(linli("hub", "devices", "--config", hub, "--json").output)
    assert listed == [{"device": "01020304", "kind": "door", "generation": 0, "ways": ["tcp"]}]
    assert "01020304" in linli("hub", "devices", "--config", hub).output
    assert "has no way 'mqtt'; it has tcp, udp" in said(enrol(hub, "01020305", "mqtt", code=1))
    linli("hub", "enrol", "1", "--kind", "tree", "--way", "tcp", "--by", "lin", code=2)
    linli("hub", "enrol", "nobody", "--kind", "door", "--way", "tcp", "--by", "lin", code=2)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("body = X'7B7D'", "row 2 is not what was written"),
        ("body = '{}'", "row 2 of the log holds what no hub writes"),
        ("number = 7", "row 2 is missing"),
    ],
)
def test_a_changed_row_is_found(hub: str, changed: str, message: str) -> None:
    enrol(hub, "01020304", "tcp")
    before = json.loads(linli("hub", "verify", "--config", hub, "--json").output)
    assert before["rows"] == 2
    enrol(hub, "01020305", "tcp")
    linli("hub", "verify", "--config", hub, "--head", before["head"])
    with sqlite3.connect(Path(hub).with_name("hub.db")) as database:
        database.execute(f"UPDATE log SET {changed} WHERE number = 2")
    assert message in said(linli("hub", "verify", "--config", hub, code=1))


def test_a_log_that_was_cut_off_shows_to_who_kept_its_head(hub: str) -> None:
    enrol(hub, "01020304", "tcp")
    head = json.loads(linli("hub", "verify", "--config", hub, "--json").output)["head"]
    with sqlite3.connect(Path(hub).with_name("hub.db")) as database:
        database.execute("DELETE FROM log WHERE number = 2")
    linli("hub", "verify", "--config", hub)
    cut = linli("hub", "verify", "--config", hub, "--head", head, code=1)
    assert "row 2 is missing" in said(cut)
    linli("hub", "verify", "--config", hub, "--head", "two", code=2)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("master.key", "00", "master.key: no key, which has 32 hexadecimal digits"),
        ("community.key", None, "community.key: No such file"),
        ("hub.toml", "port = 1", "hub.toml: 1 mistake"),
        ("hub.db", "no database, but longer than its head", "hub.db: file is not a database"),
    ],
)
def test_what_is_wrong_with_a_site_is_one_line(
    hub: str, name: str, content: str | None, message: str
) -> None:
    path = Path(hub).with_name(name)
    path.unlink()
    if content is not None:
        path.touch(0o600)
        path.write_text(content)
    assert message in said(linli("hub", "serve", "--config", hub, code=1))


@pytest.mark.parametrize("name", ["community.key", "master.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_can_read_serves_nobody(hub: str, name: str, mode: int) -> None:
    path = Path(hub).with_name(name)
    path.chmod(mode)
    told = said(linli("hub", "serve", "--config", hub, code=1))
    assert "others can read this key; run: chmod 600" in told
    assert path.read_text().strip() not in told


def test_a_port_in_use_is_one_line(hub: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        Path(hub).write_text(f'ways = [{{ kind = "tcp", port = {port} }}]')
        assert "in use" in said(linli("hub", "serve", "--config", hub, code=1))


def test_a_page_whose_port_is_in_use_is_one_line(hub: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        Path(hub).write_text(f"[web]\nport = {port}\n")
        assert "in use" in said(linli("hub", "serve", "--config", hub, code=1))


class Serving:
    """`linli hub serve --json` as a process; `heard` are the messages it printed."""

    def __init__(self, hub: str) -> None:
        command = [sys.executable, "-m", "linli_tools", "hub", "serve", "--config", hub, "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.heard: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def hears(self, message: str, times: int = 1) -> bool:
        return emulated.comes(lambda: self.count(message) >= times, WAIT_S)

    def count(self, message: str) -> int:
        return sum(each["message"] == message for each in self.heard)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(WAIT_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard.append(json.loads(line))


@contextmanager
def plugged_in(line: socket.socket, port: Path) -> Iterator[None]:
    """Have a board's line at a serial port of that path."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    port.symlink_to(os.ttyname(slave))
    line.setblocking(True)
    ended = threading.Event()

    def carry() -> None:
        while not ended.is_set():
            ready, _, _ = select.select([line, master], [], [], 0.1)
            if line in ready:
                os.write(master, line.recv(4096))
            if master in ready:
                line.sendall(os.read(master, 4096))

    thread = threading.Thread(target=carry, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        os.close(master)
        os.close(slave)


def test_a_board_is_served_through_a_crash_of_the_hub(hub: str, tmp_path: Path) -> None:
    port = tmp_path / "port"
    folder = Path(hub).parent
    (folder / "community.key").write_text(emulated.COMMUNITY_KEY.hex())
    Path(hub).write_text(f'[[ways]]\nkind = "line"\npath = "{port}"\n')
    enrol(hub, f"{emulated.ADDRESS:08x}", f"line {port}")
    content = emulated.files("door") | emulated.configuration("door")
    board = emulated.board(content)
    try:
        with plugged_in(board.power_on(), port):
            serving = Serving(hub)
            assert serving.hears("hello")
            board.drive(5, 0)
            board.drive(5, 1)
            assert serving.hears("event")
            # Give the acknowledgement its way; then the hub is gone, and events go on.
            assert serving.end(signal.SIGKILL) == -signal.SIGKILL
            board.drive(5, 0)
            board.drive(5, 1)
            again = Serving(hub)
            assert again.hears("event")
            assert again.end(signal.SIGTERM) == 0
    finally:
        print(board.printed.decode(errors="replace"))
        board.close()
    sequences = [
        each["sequence"]
        for heard in (serving.heard, again.heard)
        for each in heard
        if each["message"] == "event"
    ]
    assert sequences == sorted(set(sequences))
    assert "each after the one before" in linli("hub", "verify", "--config", hub).output


def test_a_hub_tells_systemd_that_it_lives_for_as_long_as_it_does(hub: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(WAIT_S)
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"}
        Path(hub).write_text("ways = []\n")
        process = subprocess.Popen(
            [sys.executable, "-m", "linli_tools", "hub", "serve", "--config", hub],
            env={**os.environ, **told},
        )
        try:
            assert [systemd.recv(64) for _ in range(40)] == [b"READY=1\nWATCHDOG=1"] * 40
            process.send_signal(signal.SIGSTOP)
            systemd.settimeout(2)
            with pytest.raises(TimeoutError):
                for _ in range(1000):
                    systemd.recv(64)
        finally:
            process.kill()
            process.wait()
