"""The command line as users meet it: exit codes, one clear line for a mistake, JSON."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

import made_up_run
from linli_hostsim.recorder import UpdateStage
from linli_protocol import keys
from linli_tools.cli import app
from pair import COMMUNITY_KEY, DEVICE, Pair

LINLI = [sys.executable, "-c", "from linli_tools.cli import main; main()"]


def linli(
    *arguments: str | Path, stdin: str = "", code: int = 0
) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(
        [*LINLI, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
        timeout=120,
    )
    assert run.returncode == code, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert "\x1b" not in run.stdout + run.stderr
    return run


@pytest.fixture
def community_key(tmp_path: Path) -> Path:
    path = tmp_path / "community.key"
    path.write_text(COMMUNITY_KEY.hex() + "\n")
    return path


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_is_told_in_one_line(options: list[str]) -> None:
    with open("/dev/full", "w") as full:
        run = subprocess.run(
            [*LINLI, "sim", "list", *options], stdout=full, stderr=subprocess.PIPE, timeout=120
        )
    assert run.returncode == 1
    assert run.stderr == b"error: [Errno 28] No space left on device\n"


def test_a_terminal_without_a_letter_is_shown_its_number(tmp_path: Path) -> None:
    text = tmp_path / "line.txt"
    text.write_text("door \u95e8\n", encoding="utf-8")
    run = subprocess.run(
        [*LINLI, "frames", "sniff", str(text)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        timeout=120,
    )
    assert run.returncode == 0 and b"log   door \\u95e8" in run.stdout


def test_a_mistyped_key_is_not_shown() -> None:
    for text in (COMMUNITY_KEY.hex()[1:], COMMUNITY_KEY.hex() + "00"):
        run = linli("keys", "derive", "--community-key", text, "--device", "1", code=1)
        assert "neither a file nor a key" in run.stderr and text not in run.stderr


def test_help_teaches_and_the_version_is_told() -> None:
    text = linli("--help").stdout
    for command in ("sim", "frames", "keys", "bench", "linli sim run tiny"):
        assert command in text
    assert linli("--version").stdout.startswith("linli ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["sim", "run"],
        ["sim", "run", "no-such-scenario"],
        ["sim", "show", "no-such-scenario"],
        ["sim", "run", "tiny", "--hours", "0"],
        ["sim", "run", "tiny", "--water", "no-such-file.csv"],
        ["keys", "derive", "--community-key", "-"],
        ["keys", "derive", "--community-key", "-", "--device", "everyone"],
        ["frames", "decode", "-", "--device-key", "-"],
        ["frames", "decode", "00", "--session", "1:2"],
    ],
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    assert linli(*arguments, code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["sim", "show", "."], "results.json"),
        (["keys", "derive", "--community-key", "abc", "--device", "1"], "'abc'"),
        (["frames", "decode", "xyz"], "'xyz' is not hexadecimal"),
        (["frames", "decode", "-"], "no packet"),
    ],
)
def test_a_failure_is_one_line_that_names_its_cause(
    arguments: list[str], named: str, tmp_path: Path
) -> None:
    error = linli(*arguments, code=1).stderr
    assert error.startswith("error: ")
    assert named in error


def test_every_mistake_in_a_scenario_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text('name = "x"\ndescription = ""\nhouseholds = 0\ncolour = 1\ndevices = []\n')
    error = linli("sim", "show", path, code=1).stderr
    for key in (str(path), "households", "colour", "devices"):
        assert key in error


def test_shipped_scenarios_are_listed_and_shown() -> None:
    described = json.loads(linli("sim", "list", "--json").stdout)
    assert {"tiny", "hemu"} <= set(described)
    assert all(name in linli("sim", "list").stdout for name in described)
    shown = linli("sim", "show", "hemu").stdout
    assert "households = 19167\n" in shown
    assert "turnaround_ms = 5.0 ms *" in shown
    assert "bits_per_s = 6000000 bits/s *" in shown
    assert json.loads(linli("sim", "show", "hemu", "--json").stdout)["households"] == 19167


def test_a_run_directory_is_shown(tmp_path: Path) -> None:
    results = made_up_run.results()
    results.write(tmp_path)
    assert "9 of 10" in linli("sim", "show", tmp_path).stdout
    assert linli("sim", "show", tmp_path, "--json").stdout == results.to_json() + "\n"


def test_a_run_with_a_campaign_shows_how_it_went(tmp_path: Path) -> None:
    made = made_up_run.recorder()
    for door in range(31, 51):
        made.campaign(door, made_up_run.HOUR_US)
    for door in range(31, 46):
        made.update(door, UpdateStage.RUNNING, 2 * made_up_run.HOUR_US)
    made_up_run.results(made=made).write(tmp_path)
    shown = linli("sim", "show", tmp_path).stdout
    assert "Update campaign" in shown
    assert "75 %" in shown


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Put a made-up run in the simulator's place and note how it is called."""
    noted = []

    def run(scenario: Any, **options: Any) -> Any:
        noted.append(options)
        options["progress"](500_000, 1_000_000)
        return made_up_run.results(options["seed"])

    monkeypatch.setitem(sys.modules, "linli_hostsim.run", SimpleNamespace(run=run))  # type: ignore[arg-type]
    return noted


def test_a_run_takes_the_scenarios_values_unless_told_otherwise(
    calls: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(app, ["sim", "run", "hemu"])
    assert ran.exit_code == 0
    assert (calls[0]["seed"], calls[0]["hours"]) == (1, None)
    assert Path("runs/hemu-1/report.html").is_file()
    assert str(Path("runs/hemu-1/report.html")) in ran.stdout
    ran = CliRunner().invoke(
        app, ["sim", "run", "hemu", "--seed", "7", "--hours", "0.5", "--out", "here", "--json"]
    )
    assert (calls[1]["seed"], calls[1]["hours"]) == (7, 0.5)
    assert json.loads(ran.stdout)["meta"]["seed"] == 7
    ran = CliRunner().invoke(app, ["sim", "run", "hemu", "--out", "here", "--quiet"])
    assert ran.output == ""
    ran = CliRunner().invoke(app, ["sim", "run", "hemu", "--out", "here"])
    assert "over an earlier run in here" in ran.stderr


def test_a_new_key_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "new.key"
    linli("keys", "new", path)
    text = path.read_text()
    assert len(bytes.fromhex(text)) == 16
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "never overwritten" in linli("keys", "new", path, code=1).stderr
    assert path.read_text() == text


def test_device_keys_are_derived_from_file_stdin_or_argument(
    community_key: Path, tmp_path: Path
) -> None:
    expected = f"{DEVICE:08x} {keys.root_key(COMMUNITY_KEY, DEVICE).hex()}\n"
    derive = ("keys", "derive", "--device", f"{DEVICE:08x}", "--community-key")
    quiet = linli(*derive, community_key)
    assert (quiet.stdout, quiet.stderr) == (expected, "")
    assert linli(*derive, "-", stdin=COMMUNITY_KEY.hex()).stdout == expected
    spoken = linli(*derive, COMMUNITY_KEY.hex())
    assert spoken.stdout == expected
    assert "warning" in spoken.stderr
    assert json.loads(linli(*derive, community_key, "--json").stdout) == dict([expected.split()])
    devices = tmp_path / "devices.txt"
    devices.write_text("1\n0x2\n00000003\n")
    listed = linli(
        "keys", "derive", "--device-file", devices, "--community-key", community_key
    ).stdout
    assert [line[:8] for line in listed.splitlines()] == ["00000001", "00000002", "00000003"]


@pytest.fixture(scope="module")
def packets() -> list[str]:
    return [data.hex() for _, _, data in Pair().join().air]


def test_packets_decode_from_arguments_file_and_stdin(
    packets: list[str], community_key: Path, tmp_path: Path
) -> None:
    decode = ("frames", "decode", "--community-key", community_key)
    capture = tmp_path / "capture.hex"
    capture.write_text("# a join\n" + "\n".join(f"{text}  # up or down" for text in packets))
    for run in (
        linli(*decode, *packets),
        linli(*decode, capture),
        linli(*decode, stdin="\n".join(packets)),
    ):
        assert "hello" in run.stdout
        assert "power on" in run.stdout
    found = json.loads(linli(*decode, "--json", *packets).stdout)["packets"]
    assert len(found) == len(packets)
    assert found[0]["layers"][-1]["fields"]["device_kind"] == 2


def test_a_device_key_opens_what_a_wrong_one_does_not(packets: list[str], tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    path.write_text(keys.root_key(COMMUNITY_KEY, DEVICE).hex())
    assert "meter" in linli("frames", "decode", packets[0], "--device-key", path).stdout
    path.write_text("00" * 16)
    wrong = linli("frames", "decode", packets[0], "--device-key", path, code=1).stdout
    assert "WRONG: the tag does not fit" in wrong


def test_a_replaced_device_has_another_key() -> None:
    community = ("--community-key", "000102030405060708090a0b0c0d0e0f")
    first = linli("keys", "derive", *community, "--device", "1").stdout
    assert linli("keys", "derive", *community, "--device", "1", "--generation", "0").stdout == first
    assert linli("keys", "derive", *community, "--device", "1", "--generation", "1").stdout != first


def test_a_bad_frame_exits_1_and_says_where() -> None:
    shown = linli("frames", "decode", "00 02 11 09 22 00", code=1).stdout
    assert "byte 2: a COBS block of 9 bytes" in shown
