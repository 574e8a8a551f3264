"""`linli bench hub`: what a hub has acknowledged is in its database, however it ends."""

import json
import os
import signal
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from linli_hub import configuration
from linli_hub.privacy import MESSAGE
from linli_hub.projections.event import events
from linli_hub.site import Site, read_key
from linli_hub.storage import StorageError, log_table
from linli_protocol import catalogue, codes, messages
from linli_tools.bench.hub import mix
from linli_tools.bench.hub.device import Device
from linli_tools.bench.hub.flatness import trend
from linli_tools.bench.hub.load import Load
from linli_tools.bench.hub.process import hub
from linli_tools.bench.hub.site import make_site
from linli_tools.bench.server import free_port
from linli_tools.cli import app
from linli_tools.failure import Failure
from mosquitto import MOSQUITTO

DEVICES = 40

# The field of each message in which `mix.said` counts.
COUNTED = {
    "reading": "volume_l",
    "readings": "volume_l",
    "event": "sequence",
    "health": "uptime_s",
    "alarm": "incident",
}


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["bench", "hub", "--devices", str(DEVICES), *arguments])


@pytest.mark.skipif(MOSQUITTO is None, reason="no broker: apt-get install mosquitto")
def test_all_that_is_acknowledged_is_in_the_log_and_alarms_on_the_dashboard() -> None:
    done = run("--rate", "400", "--seconds", "2", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["devices"] == DEVICES
    assert found["sent"] == 800
    assert found["unanswered"] == found["unseen"] == 0
    assert found["rows"] == found["rows_expected"] > DEVICES + 800
    assert found["alarms"]["count"] == found["seen"]["count"] == found["sent_by_kind"]["alarm"] > 0
    assert sum(found["sent_by_kind"].values()) == 800
    assert sum(each["acknowledged"]["count"] for each in found["samples"]) == 800
    assert found["mosquitto"]["packets_s"] > 0


class KilledLoad(Load):
    """Kills the hub when so many packets were acknowledged, and remembers which those were."""

    acknowledged: list[tuple[int, int]]
    left = 500
    pid = 0

    def _hear(self, index: int) -> list[int]:
        marks = super()._hear(index)
        if self.pid:
            self.acknowledged += [(index, mark) for mark in marks]
            if len(self.acknowledged) > self.left:
                os.kill(self.pid, signal.SIGKILL)
                self.left = 1_000_000
        return marks


class Remembering(Device):
    """Remembers which of its messages each mark is of."""

    said: dict[int, tuple[str, int]]

    def say(self) -> tuple[int, int, bytes]:
        kind, mark, frame = super().say()
        message = catalogue.KINDS[kind].name
        self.said[mark] = message, mix.said(self.index, self._count, 0)[1][COUNTED[message]]
        return kind, mark, frame


def test_what_was_acknowledged_before_a_hub_is_killed_is_in_its_log(tmp_path: Path) -> None:
    port = free_port()
    config = make_site(tmp_path / "site", DEVICES, port, free_port())
    key = read_key(config.with_name("community.key"))
    devices = [Remembering(key, index) for index in range(DEVICES)]
    for each in devices:
        each.said = {}
    with (
        hub(config, port) as server,
        closing(KilledLoad(port, devices, messages.ALARM)) as load,
    ):
        load.acknowledged = []
        load.settle(lambda done, of: None)
        load.pid = server.pid
        with pytest.raises(Failure, match="closed"):
            load.saturate(200, 30.0)
    assert len(load.acknowledged) > 500
    acknowledged = {
        (devices[index].address, *devices[index].said[mark]) for index, mark in load.acknowledged
    }
    assert acknowledged <= told(config)


def told(config: Path) -> set[tuple[int, str, int]]:
    """Return device, message and number of all messages in the log of a hub that serves no more."""
    end = time.monotonic() + 20
    while True:
        try:
            site = Site(configuration.load(config))
            break
        except StorageError:
            # The one that was killed has still to let go of its files.
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    try:
        return {
            (event.device, message, event.body[COUNTED[message]])
            for event in events(log_table.read(site.database), site.vault)
            if event.kind == MESSAGE and (message := event.body["message"]) in COUNTED
        }
    finally:
        site.database.close()


def test_the_devices_of_the_load_lose_no_event() -> None:
    door = next(index for index in range(100, 200) if mix.kind_of(index) == codes.DOOR)
    said = [mix.said(door, count, 0) for count in range(1, 101)]
    sequences = [fields["sequence"] for kind, fields in said if kind == messages.EVENT]
    assert len(sequences) < len(said)
    assert sequences == list(range(len(sequences)))


def test_the_alarms_of_the_load_come_one_by_one() -> None:
    devices, rounds = 10_000, 100
    alarms = [
        sum(mix.said(index, count, 0)[0] == messages.ALARM for index in range(devices))
        for count in range(1, rounds + 1)
    ]
    assert set(alarms) == {devices // 500}


def test_a_trend_is_flat_within_a_tenth_or_cannot_be_told() -> None:
    times = [float(at) for at in range(30)]
    flat = trend(times, [100 + (-1) ** at for at in range(30)])
    rising = trend(times, [100 + at for at in range(30)])
    restless = trend(times, [100 + 60 * (-1) ** at for at in range(30)])
    assert flat is not None and flat.flat is True
    assert rising is not None and rising.flat is False
    assert rising.change == pytest.approx(29 / 114.5)
    assert restless is not None and restless.flat is None
    assert trend(times[:2], [1.0, 2.0]) is None


def test_too_many_devices_for_the_system_are_refused() -> None:
    done = run("--devices", "100000000")
    assert done.exit_code == 1
    assert "see ulimit -Hn" in str(done.exception)
