"""A scenario's settings by key: what is set, what stays, what is told when it cannot be."""

import tomllib
from datetime import datetime
from typing import Any

import pytest

from linli_hostsim import scenario
from linli_hostsim.experiments.settings import SettingError, parse_setting, with_settings

TINY = scenario.read("tiny")


def changed(**settings: object) -> dict[str, Any]:
    """Return tiny's values with settings, __ for a dot in their keys."""
    return tomllib.loads(
        with_settings(TINY, {key.replace("__", "."): value for key, value in settings.items()})
    )


def test_a_value_is_set_and_comments_stay() -> None:
    text = with_settings(TINY, {"lora.gateways": 7})
    assert tomllib.loads(text)["lora"]["gateways"] == 7
    assert "# All figures are ours" in text
    assert scenario.parse(text, "tiny").lora.gateways == 7


@pytest.mark.parametrize("name", scenario.shipped())
def test_every_shipped_scenario_takes_settings_and_changes_in_nothing_else(name: str) -> None:
    text = scenario.read(name)
    values = tomllib.loads(text)
    values["households"] = 77
    values.setdefault("hub", {})["processing_ms"] = 2.5
    values["devices"][0].setdefault("app", {})["events_kept"] = 9
    values["seed"] = 5
    settings = {
        "households": 77,
        "hub.processing_ms": 2.5,
        "devices.0.app.events_kept": 9,
        "seed": 5,
    }
    assert tomllib.loads(with_settings(text, settings)) == values


def test_a_kind_stands_for_all_its_tables() -> None:
    devices = changed(door__app__events_kept=33)["devices"]
    assert [table.get("app", {}).get("events_kept") for table in devices] == [33, 33, None, None]


def test_how_many_doors_there_are_is_asked_when_there_are_two_tables_of_them() -> None:
    with pytest.raises(SettingError, match=r"door\.count: .*devices\.0\.count, devices\.1\.count"):
        changed(door__count=5)
    assert changed(devices__1__count=5)["devices"][1]["count"] == 5


def test_a_count_takes_the_place_of_a_rate_and_the_other_way_round() -> None:
    [meters] = [
        table
        for table in changed(meter__per_100_households=4.0)["devices"]
        if table["kind"] == "meter"
    ]
    assert meters["per_100_households"] == 4.0
    assert "count" not in meters
    assert changed(meter__per_100_households=4.0, meter__count=3)["devices"][2]["count"] == 3


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("devices.9.count", "9 should be a number below 4"),
        ("devices.last.count", "last should be a number below 4"),
        ("households.count", "count is looked for in what is no table"),
        ("lora..gateways", "no table|nothing"),
        ("meter.bearers.3", "3 should be a number below 1"),
    ],
)
def test_a_key_that_leads_nowhere_is_named(key: str, said: str) -> None:
    with pytest.raises(SettingError, match=f"{key}: .*({said})"):
        with_settings(TINY, {key: 1})


def test_a_kind_that_the_scenario_lacks_is_named() -> None:
    text = TINY.replace('kind = "panic"', 'kind = "meter"')
    with pytest.raises(SettingError, match=r"panic\.count: the scenario has no devices"):
        with_settings(text, {"panic.count": 1})


def test_wrong_keys_and_values_are_explained_as_in_a_file() -> None:
    text = with_settings(TINY, {"lora.gatways": 2, "panic.count": 0})
    with pytest.raises(scenario.ScenarioError) as caught:
        scenario.parse(text, "tiny")
    assert "lora.gatways: unknown key" in str(caught.value)
    assert "devices[3].count" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a.b=1,2.5,true", [1, 2.5, True]),
        ("a.b = lora, nbiot", ["lora", "nbiot"]),
        ('a.b=["lora"],["lora","wifi"]', [["lora"], ["lora", "wifi"]]),
        ("a.b=1,x", [1, "x"]),
        ('a.b="x,y"', ["x,y"]),
        ("a.b=2025-03-03T07:00:00", [datetime(2025, 3, 3, 7)]),
    ],
)
def test_values_are_read_as_toml_and_bare_words_as_strings(text: str, values: object) -> None:
    assert parse_setting(text) == ("a.b", values)


@pytest.mark.parametrize("text", ["a.b", "a.b=", "=1", ""])
def test_a_setting_without_key_or_value_is_told(text: str) -> None:
    with pytest.raises(SettingError, match="should be key=value"):
        parse_setting(text)
