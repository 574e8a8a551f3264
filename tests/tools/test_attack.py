"""Attacks: none is accepted, nothing changes, and an end that does worse is found out."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from attacked import run as run_attacked
from linli_protocol import keys, refusals, session
from linli_protocol.association import Association
from linli_protocol.window import Window
from linli_protocol.words import REFUSALS
from linli_tools.attack import ends
from linli_tools.attack.campaign import run
from linli_tools.attack.classes import CLASSES
from linli_tools.attack.site import DOOR
from linli_tools.cli import app

ROOT = Path(__file__).parents[2]
MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent))
PACKETS = 11_000
# A forger cannot reach these: they are about what somebody with the key has sealed.
NOT_REACHED = {REFUSALS[refusals.MALFORMED], REFUSALS[refusals.SUPERSEDED]}


def test_no_attack_is_accepted_or_changes_anything_and_all_live_on() -> None:
    scene = ends.scene(2)
    outcomes = run(scene.ends, PACKETS, 2)
    for name, outcome in outcomes.items():
        assert set(outcome.sent) == set(CLASSES), name
        assert outcome.accepted == 0 and outcome.changed == [], name
    assert sum(outcome.sent.total() for outcome in outcomes.values()) == PACKETS
    reasons = {
        reason for each in outcomes.values() for row in each.refused.values() for reason in row
    }
    assert reasons == {*REFUSALS.values(), ends.UNKNOWN_DEVICE} - NOT_REACHED
    assert scene.is_well() == []


def test_the_same_seed_makes_the_same_attack() -> None:
    first, second = (run(ends.scene(3).ends, 2_000, 3) for _ in range(2))
    assert first == second
    assert first != run(ends.scene(3).ends, 2_000, 4)


def weak_replay(self: Window, number: int) -> bool:
    return True


def weak_tag(plain: Any) -> Any:
    class Aead:
        def __init__(self, key: bytes) -> None:
            self._aead = plain(key)
            self.seal = self._aead.seal

        def open(self, nonce: bytes, data: bytes, header: int, tag: int) -> bytes | None:
            # Of each tag one byte counts.
            body: bytes = self._aead.seal(
                nonce, data[:header], bytes(len(data) - header - tag), tag
            )
            stream = body[header:-tag]
            text = bytes(a ^ b for a, b in zip(data[header:-tag], stream, strict=True))
            again = self._aead.seal(nonce, data[:header], text, tag)
            return text if again[-1] == data[-1] else None

    return Aead


def test_an_end_without_a_replay_window_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = ends.scene(1)
    monkeypatch.setattr(Window, "is_new", weak_replay)
    door = run(scene.ends, PACKETS, 1)["door"]
    assert door.accepted and door.changed
    assert door.refused["replayed"].total() < door.sent["replayed"]


def test_an_end_that_compares_a_byte_of_the_tag_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session.crypto, "Aead", weak_tag(session.crypto.Aead))
    outcomes = run(ends.scene(1).ends, PACKETS, 1)
    assert sum(outcome.accepted for outcome in outcomes.values())


def test_a_refusal_that_leaves_a_trace_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = ends.scene(1)
    plain = Association.open

    def leaves_a_trace(self: Association, data: bytes, now: int) -> object:
        opened = plain(self, data, now)
        if opened is None and not self.is_hub:
            self._store.put("last refused", data[:4])
        return opened

    monkeypatch.setattr(Association, "open", leaves_a_trace)
    outcomes = run(scene.ends, 2_000, 1)
    assert all(outcome.accepted == 0 for outcome in outcomes.values())
    assert any("last refused" in line for line in outcomes["door"].changed)
    assert outcomes["hub"].changed == []


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["attack", *arguments])


def test_the_command_tells_all_in_json() -> None:
    result = invoke("--packets", "1100", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (told["sent"], told["accepted"], told["wrong"]) == (1100, 0, [])
    counted = sum(
        n for end in told["refused"].values() for row in end.values() for n in row.values()
    )
    assert counted == 1100


def test_the_command_fails_when_a_packet_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = ends.scene(1)
    monkeypatch.setattr(ends, "scene", lambda seed: scene)
    monkeypatch.setattr(Window, "is_new", weak_replay)
    assert invoke("--packets", "1100").exit_code == 1
    assert invoke("--packets", "0").exit_code == 2


@pytest.mark.skipif(MICROPYTHON is None, reason="needs the micropython of the test extra")
def test_an_emulated_board_refuses_them_too() -> None:
    from linli_tools.attack.board import attack_board

    outcome = attack_board(100, 1, lambda name, done, total: None)
    assert outcome.accepted == 0 and outcome.changed == []
    assert outcome.sent.total() == 4 * 20


@pytest.mark.skipif(MICROPYTHON is None, reason="needs the micropython of the test extra")
def test_both_interpreters_refuse_alike(tmp_path: Path) -> None:
    scene = ends.scene(4)
    loot = scene.ends[0].loot
    device = scene.site.devices[DOOR]
    unix_s = device.clock.unix(scene.site.now)
    assert unix_s is not None
    asleep = device.link.association.suspend(unix_s, scene.site.now)  # type: ignore[attr-defined]
    random = Random(4)
    told = {
        "device": DOOR,
        "root": keys.root_key(ends.COMMUNITY_KEY, DOOR).hex(),
        "values": {key: value.hex() for key, value in device._store._values.items()},  # type: ignore[attr-defined]
        "asleep": asleep.hex(),
        "unix_s": unix_s,
        "packets": [forge(loot, random).hex() for forge in CLASSES.values() for _ in range(20)],
        "genuine": [data.hex() for data in loot.fresh],
    }
    file = tmp_path / "attack.json"
    file.write_text(json.dumps(told))
    done = subprocess.run(
        [MICROPYTHON, "-X", "heapsize=2M", ROOT / "tests/both/attacked.py", file],
        cwd=ROOT,
        env={"MICROPYPATH": "protocol:firmware:.frozen"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    expected = run_attacked(told)
    assert json.loads(done.stdout) == expected
    assert sum(expected["refused"]) == len(told["packets"])
    assert not expected["changed"] and expected["taken"] == len(loot.fresh)
