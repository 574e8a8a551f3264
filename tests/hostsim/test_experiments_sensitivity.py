"""Tornado and Morris: of functions whose effects are known, and of a scenario by the command."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linli_hostsim.experiments.designs import Range, Settings
from linli_hostsim.experiments.sensitivity import Morris, one_at_a_time, tornado
from linli_tools.cli import app

RANGES = {"a": Range(0.0, 2.0), "b": Range(0.0, 1.0), "c": Range(1, 7), "d": Range(0.0, 1.0)}


def numbers(settings: Settings, **base: float) -> list[float]:
    return [float(str(settings.get(key, base.get(key)))) for key in RANGES]


def linear(settings: Settings) -> float:
    """Return 3a + 0b - 2c + d; as they are, all are 1."""
    a, b, c, d = numbers(settings, a=1, b=1, c=1, d=1)
    return 3 * a + 0 * b - 2 * c + d


def test_a_tornado_shows_the_widest_bar_first() -> None:
    bars = tornado(RANGES, linear)
    assert [bar.key for bar in bars] == ["c", "a", "d", "b"]
    assert [bar.swing for bar in bars] == [12, 6, 1, 0]
    assert (bars[0].at_low, bars[0].at_high) == (2, -10)


def test_a_tornado_s_trials_leave_all_settings_but_one_as_they_are() -> None:
    design = one_at_a_time(RANGES)
    assert design[0] == {}
    assert design[1:3] == [{"a": 0.0}, {"a": 2.0}]
    assert len(design) == 9


def test_morris_finds_the_slope_of_each_setting_over_its_range() -> None:
    effects = Morris(RANGES, 8, seed=1).effects(linear)
    assert [effect.key for effect in effects] == ["c", "a", "d", "b"]
    for effect, slope in zip(effects, (-12, 6, 1, 0), strict=True):
        assert effect.mu == pytest.approx(slope)
        assert effect.mu_star == pytest.approx(abs(slope))
        assert effect.sigma == pytest.approx(0, abs=1e-9)
        assert effect.mu_star_within == pytest.approx(0, abs=1e-9)


def test_morris_shows_by_sigma_what_depends_on_another_setting() -> None:
    def product(settings: Settings) -> float:
        a, b, _, d = numbers(settings)
        return a * b + d

    by_key = {effect.key: effect for effect in Morris(RANGES, 20, seed=1).effects(product)}
    assert by_key["a"].sigma > 0.3
    assert by_key["a"].mu_star_within > 0
    assert by_key["d"].sigma < 1e-9
    assert by_key["c"].mu_star == 0


def test_walks_step_in_one_setting_at_a_time_and_keep_integers() -> None:
    walks = Morris(RANGES, 5, seed=3)
    assert len(walks.settings) == 5 * (len(RANGES) + 1)
    assert {settings["c"] for settings in walks.settings} <= {1, 3, 5, 7}
    for walk in range(5):
        steps = walks.settings[walk * 5 : walk * 5 + 5]
        for one, next_one in pairwise(steps):
            assert sum(one[key] != next_one[key] for key in RANGES) == 1
    assert walks.settings == Morris(RANGES, 5, seed=3).settings
    assert walks.settings != Morris(RANGES, 5, seed=4).settings


def sensitivity(folder: Path, *options: str) -> list[str]:
    vary = ["--vary", "meter.count=2..12", "--vary", "hub.processing_ms=0.5..2.0"]
    out = ["--hours", "1", "--jobs", "1", "--out", str(folder)]
    return ["sim", "sensitivity", "tiny", *vary, *out, *options]


def test_the_command_shows_what_a_figure_hangs_on(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, sensitivity(tmp_path, "--figure", "channel_use_max", "--json"))
    assert run.exit_code == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["unit"] == "erlang"
    first, second = found["bars"]
    assert (first["key"], first["low"], first["high"]) == ("meter.count", 2, 12)
    assert first["at_low"] <= found["base"] <= first["at_high"]
    assert second["at_low"] == second["at_high"] == found["base"]
    assert "5 trials run" in run.stderr
    table = CliRunner().invoke(app, sensitivity(tmp_path, "--figure", "hub_use"))
    assert "0 trials run, 5 found" in table.stderr
    assert "swing" in table.stdout


def test_the_command_screens_by_morris(tmp_path: Path) -> None:
    options = ["--figure", "hub_use", "--method", "morris", "--trajectories", "3"]
    run = CliRunner().invoke(app, sensitivity(tmp_path, *options, "--json"))
    assert run.exit_code == 0, run.stderr
    effects = {effect["key"]: effect for effect in json.loads(run.stdout)["effects"]}
    # Twice the time for each packet is twice the use; more so with more meters.
    assert effects["hub.processing_ms"]["mu"] > 0
    assert effects["hub.processing_ms"]["mu_star"] > effects["meter.count"]["mu_star"]
    table = CliRunner().invoke(app, sensitivity(tmp_path, *options))
    assert "mu*" in table.stdout


def test_a_figure_that_the_run_lacks_is_told(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, sensitivity(tmp_path, "--figure", "battery_years.door"))
    assert run.exit_code == 1
    assert "the run has no battery_years.door" in str(run.exception)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--figure", "speed"], "no such figure"),
        (["--figure", "delivery", "--vary", "meter.count=3"], "low"),
        (["--figure", "delivery", "--vary", "door.count=1..3"], "several tables"),
    ],
)
def test_wrong_usage_is_told(options: list[str], said: str, tmp_path: Path) -> None:
    run = CliRunner().invoke(app, sensitivity(tmp_path, *options))
    assert run.exit_code == 2
    assert said in run.stderr
