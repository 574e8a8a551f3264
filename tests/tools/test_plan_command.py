"""`linli plan` as planners meet it: an answer, JSON, exit codes, one clear line for a mistake."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linli_tools.cli import app
from plan_worlds import ESTATE

SMALL = ("--hours=1", "--quick", "--jobs=1", "--vary=gateways=1..2", "--vary=meter=lora")


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    path = tmp_path / "estate.toml"
    path.write_text(ESTATE)
    return path


def test_a_plan_names_its_design_and_what_one_step_less_breaks(
    estate: Path, tmp_path: Path
) -> None:
    arguments = ["plan", str(estate), *SMALL, "--out", str(tmp_path / "out")]
    arguments += ["--target", "availability=0.9999", "--target", "alarm_delivery=0.5"]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    assert "The cheapest design that meets all targets" in ran.output
    assert "edge nodes: 1 + 1" in ran.output
    assert "availability by" in ran.output
    kept = json.loads((tmp_path / "out" / "plan.json").read_text())
    again = CliRunner().invoke(app, [*arguments, "--json"])
    told = json.loads(again.output)
    assert told["run"]["trials"] == 0
    assert told | {"run": {}} == kept | {"run": {}}
    assert told["best"]["edge_nodes"] == 2


def test_what_is_out_of_reach_ends_with_one(estate: Path, tmp_path: Path) -> None:
    arguments = ["plan", str(estate), *SMALL, "--out", str(tmp_path / "out")]
    ran = CliRunner().invoke(app, [*arguments, "--target", "battery_years.meter=50"])
    assert ran.exit_code == 1, ran.output
    assert "battery_years.meter=50 is out of reach" in ran.output


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--target", "speed=3"], "unknown figure speed"),
        (["--target", "delivery=0.9", "--vary", "colour=red"], "colour=red"),
        (["--target", "delivery=0.9", "--set", "lora"], "key=value"),
    ],
)
def test_wrong_usage_is_named(estate: Path, wrong: list[str], said: str) -> None:
    ran = CliRunner().invoke(app, ["plan", str(estate), *wrong])
    assert ran.exit_code == 2
    assert said in " ".join(ran.output.split())
