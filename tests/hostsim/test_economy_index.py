"""The composite index: its scores and weights, what it rests on, and how it is shown."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import made_up_run
from linli_hostsim import scenario
from linli_hostsim.economy.account import Community
from linli_hostsim.economy.assessment import assess
from linli_hostsim.economy.index import Index, Measure, co2_t, composite
from linli_hostsim.economy.index_inputs import IndexInputs, Observed
from linli_hostsim.economy.inputs import Input, inputs
from linli_hostsim.economy.types import TYPES, economy_of
from linli_tools.cli import app

ANY = st.floats(allow_nan=False, allow_infinity=True, width=32)
SEEN = list(inputs(Observed()))


def linli(*arguments: str, code: int = 0) -> str:
    run = CliRunner().invoke(app, ["economy", *arguments], env={"COLUMNS": "100"})
    assert run.exit_code == code, run.output
    return run.output


@given(ANY, ANY, ANY, ANY)
def test_an_index_is_from_0_to_100(
    payback: float, returned: float, cost_saved: float, co2: float
) -> None:
    assert 0 <= composite(payback, returned, cost_saved, co2, IndexInputs()).value <= 100


@given(st.sampled_from(SEEN), st.floats(0, 1), st.floats(0, 1))
def test_better_observations_never_lower_it(one: Input, low: float, high: float) -> None:
    if one.key in ("public_kwh_household_year", "grid_kg_kwh", "water_kwh_m3"):
        return
    low, high = (one.low + at * (one.high - one.low) for at in sorted((low, high)))
    less, more = (
        composite(4, 2, 0.2, 50, IndexInputs().changed({f"observed.{one.key}": value})).value
        for value in (low, high)
    )
    assert more <= less + 1e-9 if one.key.endswith("_min") else less <= more + 1e-9


def test_the_parts_have_the_study_s_weights() -> None:
    def measured(*values: float) -> Index:
        parts = ("economy", "society", "environment")
        rows = (
            Measure(part, "x", "share", value, 0, 1, "claim")
            for part, value in zip(parts, values, strict=True)
        )
        return Index(tuple(rows), IndexInputs().weights.model_dump())

    assert measured(1, 0, 0).value == pytest.approx(40)
    assert measured(0, 1, 0).value == pytest.approx(45)
    assert measured(0, 0, 1).value == pytest.approx(15)
    assert measured(0.5, 0.5, 0.5).value == pytest.approx(50)


def test_scores_run_between_worst_and_best_in_either_direction() -> None:
    years = [Measure("economy", "x", "years", value, 10, 2, "claim").score for value in (12, 6, 1)]
    assert years == [0, 50, 100]
    assert Measure("economy", "x", "years", float("inf"), 10, 2, "claim").score == 0


def test_an_index_by_hand() -> None:
    made = composite(6.4, 2.25, 0.25, 500, IndexInputs())
    economy = (50 + 50 + 50) / 3
    society = (96 + 100 * (60 - 30) / 45 + 90 + 95 + 78) / 5
    environment = (100 * 0.22 / 0.3 + 100 + 50) / 3
    assert made.value == pytest.approx(0.4 * economy + 0.45 * society + 0.15 * environment)


def test_claims_can_be_left_out() -> None:
    made = composite(2.8, 3.5, 0.5, 0, IndexInputs()).without_claims
    # Society rests on claims alone without a run: 40 to 15 between economy and environment.
    assert made.value == pytest.approx(40 / 55 * 100)
    told = composite(2.8, 3.5, 0.5, 0, IndexInputs(), "run").without_claims
    assert {one.name for one in told.measures if one.part == "society"} == {
        "alarms answered",
        "response",
    }


def test_carbon_is_that_of_power_and_water() -> None:
    seen = Observed()
    assert co2_t(1000, 0, seen) == pytest.approx(1000 * 250 * 0.22 * 0.5366 / 1000)
    assert co2_t(0, 10_000, seen) == pytest.approx(10_000 * 0.8 * 0.5366 / 1000)


@pytest.mark.parametrize("name", TYPES)
def test_every_type_is_between_its_corners(name: str) -> None:
    made = assess(Community.of(scenario.load(name)), economy_of(name))
    *_, worst, best = made.index_variants.values()
    assert 0 <= worst < made.index.value < best <= 100
    for swing in made.index_swings:
        assert worst <= min(swing.at_low, swing.at_high)
        assert best >= max(swing.at_low, swing.at_high)
    assert not any(swing.input.key.startswith("index.") for swing in made.payback_swings)


def test_the_command_shows_the_three_types_beside_one_another() -> None:
    shown = linli()
    for text in (*TYPES, "payback, years (study: 3.5)", "composite index (92)"):
        assert text in shown
    assert [one["community"]["name"] for one in json.loads(linli("--json"))] == list(TYPES)


def test_the_command_shows_a_community_and_takes_other_inputs() -> None:
    shown = linli("ageing")
    for text in ("door maintenance", "does not", "Payback without one income", "Composite index"):
        assert text in shown
    usual, dearer = (
        json.loads(linli("ageing", *options, "--json"))
        for options in ([], ["--set", "prices.panic_yuan=1000"])
    )
    assert dearer["owned"]["payback_years"] > usual["owned"]["payback_years"]
    told = {one["key"]: (one["value"], one["source"]) for one in dearer["inputs"]}
    assert told["prices.panic_yuan"] == (1000, "given by --set")
    assert told["income.flat_m2"] == (75, "Assumption: between the other two")


def test_a_run_takes_the_place_of_claims(tmp_path: Path) -> None:
    made_up_run.results().write(tmp_path)
    claimed, told = (
        json.loads(linli("ageing", *options, "--json"))
        for options in ([], ["--run", str(tmp_path)])
    )
    origins = [
        {one["name"] for one in found["index"]["measures"] if one["origin"] == "run"}
        for found in (claimed, told)
    ]
    assert origins == [set(), {"alarms answered", "response"}]
    sources = {one["key"]: one["source"] for one in told["inputs"]}
    assert sources["running.cell_years"] == "Source: the run"


def test_what_never_pays_is_valid_json() -> None:
    found = json.loads(
        linli(
            "tiny",
            "--set",
            "income.fee_paid=0",
            "--set",
            "income.door_payers=0",
            "--set",
            "income.posts_saved=0",
            "--json",
        )
    )
    assert found["owned"]["extrapolated_payback_years"] is None
    assert "never" in linli(
        "tiny",
        "--set",
        "income.fee_paid=0",
        "--set",
        "income.door_payers=0",
        "--set",
        "income.posts_saved=0",
    )


def test_mistakes_are_told() -> None:
    assert "KEY=NUMBER" in linli("tiny", "--set", "prices.door_yuan", code=2)
    assert "unknown input" in linli("tiny", "--set", "doors=1", code=2)
    assert "neither a readable file" in linli("nowhere", code=2)
