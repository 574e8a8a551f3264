"""`linli bench uplink`: a lost uplink returns, and live rows arrive beside the backlog."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from linli_tools.bench import broker
from linli_tools.cli import app
from mosquitto import MOSQUITTO

# Two thousand rows: more than wait in their order.
SMALL = ["--hours", "4", "--devices", "600", "--rows-a-day", "20", "--pace", "1000"]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["bench", "uplink", *SMALL, "--idle-s", "1", *arguments])


@pytest.mark.skipif(MOSQUITTO is None, reason="no broker: apt-get install mosquitto")
def test_a_backlog_goes_up_and_live_rows_go_beside_it() -> None:
    done = run("--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["rows"] == 2000
    assert found["backlog_rows"] >= found["rows"]
    assert found["caught_up_s"] >= found["rows"] / 1000 * 0.9, "no faster than it may"
    assert 100 < found["bytes_a_row"] < 1000
    for delays in (found["catching_up"]["alarms"], found["afterwards"]["alarms"]):
        assert delays["count"] > 0
        assert 0 < delays["p50_s"] <= delays["p99_s"] <= delays["longest_s"]


def test_without_a_broker_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker.shutil, "which", lambda *_, **__: None)
    done = run()
    assert done.exit_code == 1
    assert "apt-get install mosquitto" in str(done.exception)
