"""Whole runs: every packet has its fate, every alarm its answer, a seed gives one result."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communities import lived
from linli_firmware.apps import wiegand
from linli_hostsim import scenario
from linli_hostsim.card_reader import wiegand_frame
from linli_hostsim.packet import Direction, Fate
from linli_hostsim.run import run
from linli_protocol import codes, messages
from linli_protocol.access_list import CARD_FORMATS
from shared_data import require

TINY = scenario.read("tiny")


def with_line(text: str, table: str, line: str) -> str:
    """Return the TOML `text` with `line` in its table `table`."""
    head = f"[{table}]\n"
    if head in text:
        return text.replace(head, f"{head}{line}\n")
    return f"{text}\n{head}{line}\n"


def test_every_packet_ends_in_exactly_one_fate():
    community = lived(TINY, 2)
    tracker = community.tracker
    assert tracker.created > 200
    assert sum(tally.packets for tally in tracker.settled.values()) == tracker.created
    bearers = {bearer for bearer, _, _ in tracker.settled}
    assert bearers == {"lora", "rs485", "ethernet", "wifi"}


def test_fates_add_up_where_much_is_lost():
    text = TINY
    for table in ("rs485", "ethernet", "wifi", "backhaul"):
        text = with_line(text, table, "loss = 0.3")
    community = lived(text, 2)
    tracker = community.tracker
    assert sum(tally.packets for tally in tracker.settled.values()) == tracker.created
    lost = sum(
        tally.packets for (_, _, fate), tally in tracker.settled.items() if fate != Fate.DELIVERED
    )
    assert lost > tracker.created / 10
    # Whatever was lost was sent again: in the end the hub has it.
    results = run(scenario.parse(text, "test"), scenario_toml=text)
    for kind in results.kinds:
        assert kind.given_up == 0
        assert kind.delivered >= 0.97 * kind.offered
    assert results.meta.unmatched_deliveries == 0


def test_nothing_forged_is_seen_and_nothing_refused_but_late_repetitions():
    community = lived(TINY, 2)
    for device, peer in community.hub.peers.items():
        assert peer.association.refused.total() == 0
        assert community.twins[device].core.link.association.refused.total() == 0
    assert community.hub.unknown_devices == 0


def test_every_press_becomes_an_incident_that_the_centre_answers():
    community = lived(TINY, 2)
    alarms = community.recorder.alarms
    assert len(alarms) >= 3
    for raised, transmitted, at_hub, acknowledged, help_coming, _ in alarms.values():
        assert transmitted - raised <= 100_000
        assert raised <= at_hub <= acknowledged
        assert help_coming is None or help_coming >= acknowledged
    assert sum(incident.open for incident in community.hub.incidents()) <= len(alarms)


def test_doors_open_for_residents_and_not_for_strangers():
    community = lived(with_line(TINY, "people", "unknown_card_share = 0.2"), 6)
    counts = community.recorder.event_counts
    assert counts[codes.DOOR, codes.GRANTED] > 20
    assert counts[codes.DOOR, codes.DENIED_UNKNOWN] > 2
    assert counts[codes.DOOR, codes.EXIT_REQUESTED] > 20
    assert counts[codes.DOOR, codes.FORCED] == 0


def test_meters_report_what_flowed():
    community = lived(TINY, 4)
    for twin in community.twins.values():
        if hasattr(twin, "draw"):
            assert twin.app.forward_ml % 1000 == 0
            assert twin.app.forward_ml > 0
    offered = community.recorder.latencies[1::4]
    assert messages.READINGS in set(offered)


@pytest.mark.parametrize("share", [0, 1])
def test_a_leak_is_found_within_its_time_and_only_a_leak(share: int):
    text = with_line(TINY, "people", f"leak_share = {share}").replace("count = 5", "count = 3")
    community = lived(text, 30)
    found = {
        (device, code)
        for device, code in zip(
            community.recorder.events[1::3], community.recorder.events[2::3], strict=True
        )
        if code == codes.LEAK
    }
    assert len(found) == 3 * share


def test_replayed_households_alarm_where_flow_never_stops():
    water = require("water/hourly_households.csv.gz")
    doors = require("access/main_door_counts.csv")
    text = TINY.replace("count = 5", "count = 7")
    results = run(scenario.parse(text, "test"), scenario_toml=text, water=water, doors=doors)
    lines = {line for line in results.meta.inputs["water"] if line.startswith("household")}
    assert "household h06: leak alarm from 1 of 1 meters" in lines
    assert sum("alarm from 0 of 1" in line for line in lines) == 6
    assert any("left out: negative difference" in line for line in results.meta.inputs["water"])


def results_of(folder: Path, text: str, hash_seed: str, seed: str = "1") -> dict[str, bytes]:
    """Run `linli sim run` in a process of its own; return its files but what the clock wrote."""
    folder.mkdir()
    (folder / "scenario-in.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "linli_tools", "sim", "run", str(folder / "scenario-in.toml")]
    command += ["--seed", seed, "--hours", "1", "--out", str(folder / "run"), "--quiet"]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONHASHSEED": hash_seed})
    files = {path.name: path.read_bytes() for path in (folder / "run").iterdir()}
    summary = json.loads(files["results.json"])
    del summary["run"]
    files["results.json"] = json.dumps(summary).encode()
    return files


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path):
    once = results_of(tmp_path / "a", TINY, "1")
    again = results_of(tmp_path / "b", TINY, "2")
    assert once.keys() == again.keys()
    for name in once:
        assert once[name] == again[name], name


def test_another_seed_gives_another_result(tmp_path: Path):
    once = results_of(tmp_path / "a", TINY, "0")
    other = results_of(tmp_path / "b", TINY, "0", seed="2")
    assert once["latencies.parquet"] != other["latencies.parquet"]


def test_the_order_of_devices_in_the_file_means_nothing(tmp_path: Path):
    head, *tables = TINY.split("[[devices]]")
    tables[-1], tail = tables[-1].split("[lora]")
    random.Random(3).shuffle(tables)
    shuffled = "[[devices]]".join([head, *tables]) + "[lora]" + tail
    assert shuffled != TINY
    once = results_of(tmp_path / "a", TINY, "0")
    again = results_of(tmp_path / "b", shuffled, "0")
    for name in once.keys() - {"scenario.toml", "report.html"}:
        assert once[name] == again[name], name


def test_both_ways_of_a_bearer_are_accounted_apart():
    community = lived(TINY, 1)
    directions = {direction for _, direction, _ in community.tracker.settled}
    assert directions == {Direction.UP, Direction.DOWN}
    assert set(community.recorder.bytes_of) == set(community.twins)


@given(data=st.data(), bits=st.sampled_from(sorted(CARD_FORMATS)))
def test_the_reader_frames_cards_that_the_door_understands(data, bits):
    _, facility_bits, card_bits = CARD_FORMATS[bits]
    facility = data.draw(st.integers(0, (1 << facility_bits) - 1))
    card = data.draw(st.integers(0, (1 << card_bits) - 1))
    frame = wiegand_frame(bits, facility, card)
    assert wiegand.parse(frame, bits) == (facility, card)
    flipped = frame ^ 1 << data.draw(st.integers(0, bits - 1))
    if bits % 2 == 0:
        assert wiegand.parse(flipped, bits) is None
