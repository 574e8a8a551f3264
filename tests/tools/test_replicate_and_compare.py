"""`linli sim replicate` and `linli sim compare`: their answers, and mistakes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from linli_tools.cli import app

HOURS = ["--hours", "0.5", "--jobs", "1"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def linli(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sim", *arguments])


def test_replications_give_a_mean_with_its_interval_and_can_be_run_again_one_by_one() -> None:
    done = linli("replicate", "tiny", "--replications", "6", "--seed", "11", *HOURS, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [each["seed"] for each in told["replications"]] == list(range(11, 17))
    values = [each["figures"]["energy_j_day"] for each in told["replications"]]
    energy = told["figures"]["energy_j_day"]
    assert len(set(values)) == 6
    assert energy["n"] == 6
    assert energy["mean"] == pytest.approx(sum(values) / 6)
    assert energy["half_width"] > 0
    # Of six values all are needed for the median, and that is as good as 97 %.
    assert energy["median_interval"] == [min(values), max(values)]
    again = linli("replicate", "tiny", "--replications", "2", "--seed", "14", *HOURS, "--json")
    assert [each["figures"] for each in json.loads(again.stdout)["replications"]] == [
        each["figures"] for each in told["replications"][3:5]
    ]


def test_a_figure_that_some_runs_lack_is_told_with_its_number_of_runs() -> None:
    few = ["--set", "people.presses_per_user_month=1000", "--set", "panic.count=1"]
    arguments = ["replicate", "tiny", "--replications", "8", *few, *HOURS]
    told = json.loads(linli(*arguments, "--json").stdout)
    alarms = told["figures"]["alarm_p50_s"]
    there = [each["figures"]["alarm_p50_s"] is not None for each in told["replications"]]
    assert 2 <= sum(there) < 8
    assert alarms["n"] == sum(there)
    shown = linli(*arguments).stdout
    assert f"{sum(there)} of 8" in shown
    assert "n tells how many" in shown


def test_it_goes_on_until_a_mean_is_precise_and_says_so_when_it_is_not() -> None:
    stopping = ["--replications", "3", "--most", "5", *HOURS]
    reached = linli("replicate", "tiny", "--precision", "energy_j_day=0.5", *stopping)
    assert reached.exit_code == 0, reached.output
    assert "tiny: 3 replications" in reached.stdout
    missed = linli("replicate", "tiny", "--within", "energy_j_day=0.0001", *stopping)
    assert missed.exit_code == 1
    assert "tiny: 5 replications" in missed.stdout
    assert "energy_j_day: not known to 0.0001 after 5 replications" in missed.stdout


def test_the_warm_up_that_was_left_out_is_told() -> None:
    arguments = ["replicate", "tiny", "--replications", "2", *HOURS, "--warm-up"]
    assert "in the first 0.25 h of each run" in linli(*arguments, "0.25").stdout
    # Half an hour has too few messages.
    assert "Too short to tell a warm-up" in linli(*arguments, "mser5").stdout


def test_a_change_shows_alone_as_people_do_the_same_in_both_runs_of_a_pair() -> None:
    arguments = ["--replications", "3", *HOURS, "--json"]
    slower = json.loads(linli("compare", "tiny", "--but", "hub.processing_ms=2", *arguments).stdout)
    median = slower["figures"]["alarm_p50_s"]
    # A millisecond more for each packet, on which all pairs agree.
    assert median["difference"]["mean"] == pytest.approx(0.001, abs=1e-9)
    assert median["difference"]["half_width"] < 1e-9
    assert median["second_is"] == "worse"
    assert slower["figures"]["delivery"]["second_is"] == "equal in each pair"
    assert slower["second"] == "tiny with hub.processing_ms=2"


def test_scenarios_are_compared_with_the_seeds_of_the_first(tmp_path: Path) -> None:
    from linli_hostsim import scenario

    other = tmp_path / "other.toml"
    text = scenario.read("tiny").replace('name = "tiny"', 'name = "other"\nseed = 99')
    other.write_text(text, encoding="utf-8")
    done = linli("compare", "tiny", str(other), "--replications", "2", *HOURS)
    assert done.exit_code == 0, done.output
    assert "A: tiny\nB: other\n" in done.stdout
    assert "2 pairs, seeds 1 to 2" in done.stdout
    assert done.stdout.count("equal in each pair") == done.stdout.count("│ equal") > 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["replicate", "nowhere"], "nowhere"),
        (["replicate", "tiny", "--replications", "1"], "greater than or equal to 2"),
        (["replicate", "tiny", "--precision", "beauty=0.1"], "no such figure"),
        (["replicate", "tiny", "--precision", "delivery"], "a number above 0"),
        (["replicate", "tiny", "--within", "delivery=-1"], "a number above 0"),
        (["replicate", "tiny", "--set", "lora.gateways"], "key=value"),
        (["replicate", "tiny", "--set", "lora.gateways=4,9"], "one value"),
        (["replicate", "tiny", "--set", "lora.gateways=-4"], "lora.gateways"),
        (["replicate", "tiny", "--set", "households.x=4"], "households.x"),
        (["replicate", "tiny", "--warm-up", "soon"], "hours, or mser5"),
        (["replicate", "tiny", "--warm-up", "3"], "leaves nothing"),
        (["compare", "tiny"], "second scenario"),
        (["compare", "tiny", "nowhere"], "nowhere"),
        (["compare", "tiny", "--but", "gateways=4"], "gateways"),
    ],
)
def test_wrong_use_is_told_before_anything_runs(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    done = linli(*arguments)
    assert done.exit_code == 2
    words = " ".join(done.output.replace("│", " ").split())
    assert said in words
    assert not list(tmp_path.glob("runs/*/*.parquet"))
