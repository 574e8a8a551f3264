"""`linli study`: names, assumptions and JSON on the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linli_tools.cli import app
from linli_tools.failure import Failure

QUICK = ("study", "redundancy", "--quick")


def test_json_has_the_study_s_figure_ours_and_the_verdict() -> None:
    result = CliRunner().invoke(app, [*QUICK, "--json", "--set", "common_cause=0.1"])
    assert result.exit_code == 0
    (found,) = json.loads(result.stdout)
    assert found["promise"] == "redundancy"
    assert found["holds_as_assumed"] is False
    base = found["cases"][0]
    assert base["targets"][0] | {"study": 0.9999, "answer": "broken"} == base["targets"][0]
    ours = base["ours"]["availability"]
    assert ours["low"] <= ours["mean"] <= ours["high"] < 0.9999
    assert ours["replications"] == 5


def test_a_named_promise_is_shown_with_its_cases_and_assumptions() -> None:
    result = CliRunner().invoke(app, list(QUICK))
    assert result.exit_code == 0
    assert "mean time of a repair (assumption" in result.stdout
    assert "mttr_h = 24 h  mean time of a repair" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["study", "peace"], "no promise 'peace'"),
        ([*QUICK, "--set", "luck=1"], "no assumption 'luck'"),
        ([*QUICK, "--set", "mttr_h"], "should be name=number"),
        ([*QUICK, "--set", "mttr_h=soon"], "should be name=number"),
        ([*QUICK, "--set", "mttr_h=-4"], "mttr_h: should be from 0.001 to 10000"),
        (["study", "--water", "nowhere.csv"], "does not exist"),
    ],
)
def test_wrong_usage_is_told_in_one_message(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert said in result.output.replace("\n", " ").replace("│ ", "")


def test_a_file_that_is_no_water_is_a_failure(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    arguments = ["study", "water-loss", "--quick", "--water", str(other)]
    assert isinstance(CliRunner().invoke(app, arguments).exception, Failure)
