"""`linli hub incidents`, `doors`, `meters`, `fleet`, `audit`: who looks is in the audit first."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from linli_hub.configuration import load
from linli_hub.privacy import CONSENT, HOLDER, PLACED, Purpose, consent
from linli_hub.registry import ENROLLED
from linli_hub.site import Site, make
from linli_protocol import codes, deltas, messages
from linli_tools.cli import app
from linli_tools.failure import Failure

DOOR, METER, BUTTON = 0x11, 0x22, 0x33
NOW_S = int(time.time()) - 60


@pytest.fixture
def hub(tmp_path: Path) -> str:
    """Return the configuration of a site where something of everything has happened."""
    path = make(tmp_path / "site", "lin", "correct horse battery", 0)
    site = Site(load(path))
    site.journal.start([site.keeper])

    def hear(device: int, kind: int, /, **fields: Any) -> None:
        for record in site.keep(device, kind, fields, (NOW_S + 30) * 1_000_000):
            site.journal.add(record)

    for device, kind in ((DOOR, "door"), (METER, "meter"), (BUTTON, "panic")):
        body = {"device": device, "kind": kind, "generation": 0, "ways": ["tcp"], "by": "lin"}
        site.tell(ENROLLED, body, 1)
        site.tell(PLACED, {"device": device, "household": 12, "place": "a", "by": "lin"}, 2)
    site.tell(HOLDER, {"holder": 104, "household": 12, "by": "lin"}, 3)
    for purpose in Purpose:
        site.tell(CONSENT, consent(12, purpose, True, "li", "signed form"), 4)
    hear(DOOR, messages.EVENT, sequence=0, time=NOW_S, code=codes.GRANTED, subject=104)
    hear(METER, messages.READINGS, time=NOW_S, volume_l=900, deltas=deltas.encode([3, 5]))
    hear(METER, messages.READING, time=NOW_S, volume_l=900, flags=codes.FLAG_LEAK, battery_mv=3600)
    hear(BUTTON, messages.ALARM, incident=1, time=NOW_S, cause=codes.FALL, presses=2)
    site.close()
    return str(path)


def linli(hub: str, *words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["hub", *words, "--config", hub])
    if isinstance(done.exception, Failure):
        assert code == 1, done.exception
    else:
        assert done.exit_code == code, done.output
    return done


def told(hub: str, *words: str) -> Any:
    return json.loads(linli(hub, *words, "--json").output)


def test_what_is_about_people_is_shown_to_somebody_with_a_name(hub: str) -> None:
    for command in ("incidents", "doors", "meters"):
        linli(hub, command, code=2)
    [passage] = told(hub, "doors", "--by", "wang")
    assert (passage["event"], passage["holders"]) == ("granted", [104])
    [incident] = told(hub, "incidents", "--by", "wang")
    assert (incident["cause"], incident["presses"], incident["state"]) == ("fall", 2, "raised")
    [meter] = told(hub, "meters", "--by", "wang")
    assert (meter["volume_l"], list(meter["conditions"])) == (900, ["leak"])
    uses = told(hub, "meters", "00000022", "--hours", "--by", "wang")
    assert [each["volume_l"] for each in uses] == [3, 5]
    seen = [each["told"] for each in told(hub, "audit", "--person", "wang")]
    assert [each["what"] for each in seen] == ["meters", "meters", "incidents", "doors"]
    assert seen[0]["about"] == "device 00000022"


def test_a_running_hub_s_people_are_not_shown_and_its_devices_are(hub: str) -> None:
    site = Site(load(Path(hub)))
    site.journal.start([site.keeper])
    try:
        failure = linli(hub, "meters", "--by", "wang", code=1).exception
        assert "another hub writes to it" in str(failure)
        battery = {each["device"]: each["battery_mv"] for each in told(hub, "fleet")}
        assert battery["00000022"] == 3600
        assert "wang" not in {each["by"] for each in told(hub, "audit")}
        assert "scrypt" not in linli(hub, "audit").output
    finally:
        site.close()


def test_a_wrong_master_key_shows_nothing_of_an_alarm(hub: str) -> None:
    (Path(hub).parent / "master.key").write_text("00" * 16)
    failure = linli(hub, "incidents", "--by", "wang", code=1).exception
    assert "does not open" in str(failure)


def test_tables_are_for_reading(hub: str) -> None:
    for words in (["incidents", "--by", "w"], ["doors", "--by", "w"], ["meters", "--by", "w"]):
        assert "1 " in linli(hub, *words).output
    assert "leak" in linli(hub, "meters", "--by", "w").output
    assert "3 devices" in linli(hub, "fleet").output
    assert "deeds" in linli(hub, "audit").output
