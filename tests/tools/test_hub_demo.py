"""`linli hub demo`: a site on one machine, as its visitor has it, and nothing of it afterwards."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

import emulated
from linli_tools.cli import app
from linli_tools.failure import Failure

WAIT_S = 60
BOARDS = 3
SIMULATED = 30
API = "/api/v1"


class Demo:
    """A small demo as a process; `said` are the lines of JSON it printed, `told` those for people.

    All that it makes is in `folder`.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        numbers = ("--boards", str(BOARDS), "--simulated", str(SIMULATED), "--port", "0")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "linli_tools", "hub", "demo", *numbers, "--json", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        self.said: list[dict[str, Any]] = []
        self.told: list[str] = []
        for read in (self._read, self._listen):
            threading.Thread(target=read, daemon=True).start()

    def says(self, **wanted: str) -> bool:
        """Wait for something with these words."""
        return emulated.comes(lambda: self.found(**wanted), WAIT_S)

    def found(self, **wanted: str) -> list[dict[str, Any]]:
        return [each for each in self.said if wanted.items() <= each.items()]

    def tells(self, line: str) -> bool:
        return emulated.comes(lambda: any(line in each for each in self.told), WAIT_S)

    def children(self) -> list[int]:
        """Return the processes that it has started, and those that they have."""
        found = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True).stdout
        pairs = [tuple(map(int, line.split())) for line in found.splitlines()[1:]]
        family = [self.process.pid]
        for each in family:
            family += [pid for pid, parent in pairs if parent == each]
        return family[1:]

    def process_of(self, module: str) -> int:
        """Return the process that runs a module of the demo."""
        for pid in self.children():
            if module in Path(f"/proc/{pid}/cmdline").read_text():
                return pid
        raise AssertionError(f"no process of {module}")

    def client(self, role: str) -> httpx.Client:
        """Return somebody who is logged in."""
        assert emulated.comes(lambda: self.said, WAIT_S)
        welcome = self.said[0]
        (person,) = (each for each in welcome["people"] if each["role"] == role)
        client = httpx.Client(base_url=welcome["page"], timeout=WAIT_S)
        asked = {"name": person["name"], "password": person["password"]}
        token = client.post(f"{API}/log-in", json=asked).raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(WAIT_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.told.append(line)


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[Demo]:
    running = Demo(folder, *options)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        print("".join(running.told))


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_visitor_finds_devices_an_alarm_and_a_door_and_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        assert running.tells(f"boards: {BOARDS} of {BOARDS} have joined")
        assert running.tells(f"simulated devices: {SIMULATED} of {SIMULATED} have joined")
        assert running.says(done="press")
        (pressed,) = running.found(done="press")[:1]
        assert running.says(heard="alarm", device=pressed["device"])
        operator, admin = running.client("operator"), running.client("admin")
        incidents = operator.get(f"{API}/incidents").raise_for_status().json()
        assert pressed["device"] in [each["device"] for each in incidents]
        # The first board is a door, the third a meter: MicroPython drives the strike and the valve.
        for operation, arguments, outcome in (
            ("door release", {"device": "01000001"}, "released by command"),
            ("valve", {"device": "02000001", "state": "closed"}, "valve closed"),
        ):
            asked = {"operation": operation, "arguments": arguments, "reason": "a visitor"}
            proposal = operator.post(f"{API}/proposals", json=asked).raise_for_status().json()
            approval = admin.post(f"{API}/proposals/{proposal['number']}/approval")
            assert approval.raise_for_status().json()["outcome"].endswith("done")
            assert running.says(heard=outcome, device=arguments["device"])
        family = running.children()
        assert len(family) >= BOARDS + 2
        assert running.end() == 0
    assert not [pid for pid in family if is_there(pid)]
    assert not list(tmp_path.iterdir())


def test_a_fleet_that_is_killed_is_told_and_the_hub_goes_on(tmp_path: Path) -> None:
    with demo(tmp_path, "--boards", "0", "--folder", str(tmp_path / "kept")) as running:
        assert running.tells(f"simulated devices: {SIMULATED} of {SIMULATED} have joined")
        os.kill(running.process_of("linli_tools.demo.simulated"), signal.SIGKILL)
        assert running.tells("warning: the simulated devices are gone: Killed. The hub goes on")
        viewer = running.client("viewer")
        assert viewer.get(f"{API}/me").json()["role"] == "viewer"
        assert running.end(signal.SIGTERM) == 0
        assert not any("Traceback" in line for line in running.told)
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / "hub.db").exists()


def test_nothing_outlives_a_demo_that_is_killed(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        assert running.tells(f"boards: {BOARDS} of {BOARDS} have joined")
        family = running.children()
        running.end(signal.SIGKILL)
        assert emulated.comes(lambda: not any(map(is_there, family)), WAIT_S)


@pytest.mark.parametrize(
    "words",
    [
        ("--boards", "0", "--simulated", "0"),
        ("--boards", "-1"),
        ("--port", "65536"),
        ("--seconds", "soon"),
        ("--folder", str(Path(__file__).parent)),
    ],
)
def test_wrong_usage_is_told_before_anything_is_made(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["hub", "demo", *words]).exit_code == 2


def test_a_page_whose_port_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        words = ["hub", "demo", "--port", port, "--folder", str(tmp_path / "site")]
        done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, Failure)
    assert f"127.0.0.1:{port}" in str(done.exception)
    assert not list(tmp_path.iterdir())
