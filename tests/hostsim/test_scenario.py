"""Scenario files: what ships, what is refused and how that reads, who is numbered how."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from linli_hostsim import scenario
from linli_hostsim.lora.region import REGIONS
from linli_hostsim.roster import device_id, roster
from linli_hostsim.scenario import Lora, Scenario, ScenarioError, load, parse, read, shipped
from linli_protocol import codes, words

MINIMAL = """
name = "minimal"
description = "The least a scenario needs"
households = 100
[[devices]]
kind = "meter"
count = 3
bearers = ["lora"]
"""


def complaints(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        parse(text, "bad.toml")
    return str(raised.value).split("\n  ")


@pytest.mark.parametrize("name", shipped())
def test_shipped_scenarios_are_valid_and_called_like_their_files(name: str) -> None:
    assert load(name).name == name


def test_hemu_has_its_2300_devices() -> None:
    members = roster(load("hemu"))
    assert Counter(words.DEVICE_KINDS[member.kind] for member in members) == {
        "door": 383,
        "meter": 1342,
        "panic": 575,
    }


def test_every_region_can_be_chosen() -> None:
    assert set(get_args(Lora.model_fields["region"].annotation)) == set(REGIONS)


def test_tiny_is_tiny() -> None:
    tiny = load("tiny")
    assert len(roster(tiny)) == 11
    assert tiny.duration_h == 2


def test_every_default_says_where_it_comes_from() -> None:
    tables = [
        model
        for model in vars(scenario).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model is not BaseModel
    ]
    for model in tables:
        for key, field in model.model_fields.items():
            nested = isinstance(field.default, BaseModel)
            if field.is_required() or nested or field.default is None:
                continue
            assert re.search("Source|source|Assumption", field.description or ""), (model, key)


def test_all_mistakes_come_at_once_with_path_and_accepted_range() -> None:
    text = MINIMAL.replace("households = 100", "households = 0\ncolour = 3\nseed = 'x'") + (
        '[[devices]]\nkind = "dor"\nbearers = ["lora", "zigbee"]\ncount = 1\n'
        "[site]\nwidth = 3\n[lora]\nmargin_db = 99\n[rs485]\nbaud = 1200\n"
        "[hub]\nanswer_median_s = 90.0\n"
    )
    heading, *lines = complaints(text)
    assert heading == "bad.toml: 9 mistakes"
    known = ", ".join(Scenario.model_fields)
    assert lines == [
        f"colour: unknown key; known here: {known}",
        "devices[1].bearers[1]: Input should be 'lora', 'nbiot', 'rs485', 'ethernet', 'wifi' or "
        "'ble'",
        "devices[1].kind: Input should be 'door', 'meter' or 'panic'",
        "households: Input should be greater than or equal to 1 (accepted: from 1 up to 1,000,000)",
        "hub: answer_p975_s must be above answer_median_s",
        "lora.margin_db: Input should be less than or equal to 40 (accepted: from 0 up to 40)",
        "rs485.baud: Input should be 9600, 19200, 38400, 57600 or 115200",
        "seed: Input should be a valid integer, unable to parse string as an integer "
        f"(accepted: from 0 up to {2**63 - 1:,})",
        "site.width: unknown key; known here: width_m, height_m, households_per_building",
    ]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("count = 3", "", "devices[0]: needs either count or per_100_households"),
        ("count = 3", "count = 3\nper_100_households = 1", "devices[0]: needs either count or"),
        ("count = 3", "count = 3\napp = { colour = 1 }", "devices[0]: app.colour: unknown key;"),
        ("count = 3", "count = 3\napp = { device = 1 }", "devices[0]: app.device: unknown key;"),
        (
            "count = 3",
            "count = 3\napp = { dry_days = true }",
            "devices[0]: app.dry_days: should be int",
        ),
        ('["lora"]', "[]", "devices[0].bearers: names no bearer"),
        ('["lora"]', '["lora", "lora"]', "devices[0].bearers: names a bearer twice"),
        ("[[devices]]", "start = 2025-01-01T00:00:00Z\n[[devices]]", "start: should be a local"),
        ('name = "minimal"', "", "name: Field required"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, complaint: str) -> None:
    heading, line = complaints(MINIMAL.replace(old, new))
    assert heading == "bad.toml: 1 mistake"
    assert line.startswith(complaint)


def test_devices_must_be_there_and_distinct() -> None:
    group = MINIMAL[MINIMAL.index("[[devices]]") :]
    assert complaints(MINIMAL + group)[1:] == [
        "devices: two tables of kind meter with the same bearers and app"
    ]
    assert complaints(MINIMAL.replace(group, "devices = []"))[1:] == [
        "devices: needs at least one [[devices]] table"
    ]


def test_text_that_is_not_toml_and_files_that_are_not_there(tmp_path: Path) -> None:
    assert complaints("households = ,")[0].startswith(
        "bad.toml: not TOML: Invalid value (at line 1, column 14)"
    )
    with pytest.raises(ScenarioError, match="shipped scenarios: ageing, cellars, "):
        load("nowhere")
    own = tmp_path / "own.toml"
    own.write_text(MINIMAL)
    assert load(str(own)).name == "minimal"
    assert read(str(own)) == MINIMAL


def test_the_order_of_devices_in_the_file_means_nothing() -> None:
    head, *groups = read("tiny").split("[[devices]]")
    *groups, tail = groups[:-1] + groups[-1].split("\n[lora]")
    shuffled = "[[devices]]".join([head, *reversed(groups)]) + "\n[lora]" + tail
    assert shuffled != read("tiny")
    assert roster(parse(shuffled, "shuffled")) == roster(load("tiny"))


def test_ids_follow_kind_and_index() -> None:
    members = roster(load("tiny"))
    assert all(member.id == device_id(member.kind, member.index) for member in members)
    assert all(one.id < other.id for one, other in pairwise(members))
    assert [member.index for member in members if member.kind == codes.METER] == list(range(5))
