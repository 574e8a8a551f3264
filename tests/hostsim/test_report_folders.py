"""Pages of plans and of trials, and `linli sim show` for each kind of folder."""

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import made_up_plan
import made_up_run
import made_up_trials
from linli_hostsim.report import plan_page, sweep_page
from linli_hostsim.report.trials import Trials, TrialsError, read
from linli_tools.cli import app
from linli_tools.failure import Failure


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Trials:
    folder = tmp_path_factory.mktemp("trials")
    made_up_trials.write(folder)
    return read(folder)


def test_a_plan_says_what_is_out_of_reach_what_binds_and_what_breaks() -> None:
    told = {answer.question: answer for answer in plan_page.answers(made_up_plan.plan())}
    out_of_reach = told["Can battery_years.meter=6 be reached?"]
    assert (out_of_reach.good, out_of_reach.text) == (False, "No: at best 3.2 within the bounds.")
    assert told["What is the cheapest design that meets all other targets?"].good
    assert told["Which target binds?"].text.startswith("delivery.meter=0.999: 50 %")
    # What no design meets is not what a step less breaks.
    assert told["What breaks with one step less?"].text == (
        "Gateways (1 LoRa gateway, 2 edge nodes): delivery.meter, 0.99 instead of 0.999."
    )
    assert "runs out in year 2" in told["Until when does capacity last?"].text


def test_where_no_design_will_do_the_nearest_is_named() -> None:
    made = made_up_plan.plan()
    missed = made | {
        "best": None,
        "nearest": made["frontier"][0],
        "one_step_less": [],
        "growth": [],
    }
    first = plan_page.answers(missed)[1]
    assert first.good is False
    assert "Nearest: 1 LoRa gateway" in first.text
    assert "It misses delivery.meter, 0.99 instead of 0.999." in first.text
    assert "figure-frontier" in plan_page.render(missed)
    nothing = plan_page.answers(missed | {"nearest": None})[1]
    assert nothing.text == "No design costs so little."
    assert "figure-frontier" not in plan_page.render(missed | {"nearest": None})


def test_trials_are_read_as_designs_in_the_order_of_their_numbers(trials: Trials) -> None:
    assert trials.factors == {"lora.gateways": ["1", "4"], "meter.count": ["10", "100", "1000"]}
    assert [design.devices for design in trials.designs] == [40, 130, 1030] * 2
    assert [design.gateways for design in trials.designs] == [1, 1, 1, 4, 4, 4]
    interval = trials.designs[0].interval("delivery")
    assert interval is not None
    assert interval.mean == pytest.approx(made_up_trials.delivery(1, 10, 2))
    # Student's t with two degrees of freedom: 4.303 standard errors.
    assert interval.half_width == pytest.approx(4.303 * 0.001 / 3**0.5, rel=1e-3)
    assert trials.designs[0].interval("alarm_p99_s") is None


def test_the_best_settings_are_named_with_those_that_cannot_be_told_from_them(
    trials: Trials,
) -> None:
    told = {answer.question: answer.text for answer in sweep_page.answers(trials)}
    assert told["Where is delivery best?"].startswith("With lora.gateways=4, meter.count=10: 0.997")
    assert "1 more cannot be told from it" in told["Where is delivery best?"]
    assert "5 more" in told["Where is latency_p99_s best?"]
    assert "Where is alarm_p99_s best?" not in told


def test_trials_of_other_code_are_not_mixed_in(trials: Trials, tmp_path: Path) -> None:
    made_up_trials.write(tmp_path)
    path = tmp_path / "trials.parquet"
    duckdb.execute(
        f"COPY (SELECT * REPLACE (CASE WHEN seed = 3 THEN 'old' ELSE code END AS code) "
        f"FROM '{path}') TO '{tmp_path / 'other.parquet'}'"
    )
    path.unlink()
    found = read(tmp_path)
    assert found.seeds == [1, 2]
    assert found.code == trials.code != "old"


def test_a_folder_without_trials_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(TrialsError, match="no trials"):
        read(tmp_path)


def show(folder: Path, *options: str) -> str:
    ran = CliRunner().invoke(app, ["sim", "show", str(folder), *options])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_a_plan_is_shown_and_its_page_written(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(made_up_plan.plan()))
    assert "Which target binds? delivery.meter" in show(tmp_path)
    assert "figure-frontier" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads(show(tmp_path, "--json")) == made_up_plan.plan()


def test_trials_are_shown_and_their_page_written(tmp_path: Path) -> None:
    made_up_trials.write(tmp_path)
    assert "Where is delivery best?" in show(tmp_path)
    assert "Delivery against load" in (tmp_path / "report.html").read_text(encoding="utf-8")
    told = json.loads(show(tmp_path, "--json"))
    assert len(told["designs"]) == 6
    assert told["designs"][0]["settings"] == {"lora.gateways": "1", "meter.count": "10"}


def test_a_run_is_shown(tmp_path: Path) -> None:
    made_up_run.results().write(tmp_path)
    assert "What would break first?" in show(tmp_path)
    assert json.loads(show(tmp_path, "--json"))["meta"]["scenario"] == "made-up"


@pytest.mark.parametrize(
    ("name", "content"),
    [("plan.json", "{}"), ("plan.json", "no JSON"), ("x.parquet", "none"), ("readme", "")],
)
def test_what_cannot_be_shown_is_told_in_one_line(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    ran = CliRunner().invoke(app, ["sim", "show", str(tmp_path)])
    assert isinstance(ran.exception, Failure)
    assert str(ran.exception).startswith(str(tmp_path))
    assert "\n" not in str(ran.exception)
