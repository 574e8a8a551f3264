"""Checks, their tolerances and their choice; the page holds them all, and the quick ones pass."""

import json
import math
import re
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

import made_up_checks
from linli_hostsim import validation
from linli_hostsim.validation import catalogue, page
from linli_hostsim.validation.check import EXACT, Check, Result, Tolerance
from linli_hostsim.validation.rows import row
from linli_tools.cli import app

DOCS = Path(__file__).parents[2] / "docs"


def result(ours: float, tolerance: Tolerance, theirs: float = 10.0, error: float = 0.0) -> Result:
    return Result(Check("a/b", "", "", theirs, tolerance, ""), ours, error, 1)


@pytest.mark.parametrize(
    ("tolerance", "inside", "outside"),
    [
        (EXACT, 10.0, 10.0000001),
        (Tolerance(absolute=0.5), 10.5, 9.4),
        (Tolerance(relative=0.02), 9.8, 10.3),
        (Tolerance(standard_errors=3), 10.6, 9.3),
        (Tolerance(standard_errors=3, absolute=1.0), 9.0, 11.1),
    ],
)
def test_a_check_passes_within_its_tolerance(
    tolerance: Tolerance, inside: float, outside: float
) -> None:
    assert result(inside, tolerance, error=0.2).passed
    assert not result(outside, tolerance, error=0.2).passed


def test_what_is_not_a_number_never_passes() -> None:
    assert not result(math.nan, Tolerance(absolute=1.0)).passed


def test_figures_have_the_decimals_that_their_tolerance_makes_worth_while() -> None:
    cells = row(result(10.12345, Tolerance(absolute=0.2)))
    assert (cells["ours"], cells["theirs"], cells["allowed"]) == ("10.12", "10.00", "0.2")
    cells = row(result(10.12345, Tolerance(standard_errors=3), error=0.1))
    assert (cells["ours"], cells["allowed"], cells["verdict"]) == ("10.12", "0.3 (3 SE)", "ok")
    cells = row(result(4431872, EXACT, 4431873))
    assert (cells["ours"], cells["allowed"], cells["verdict"]) == ("4431872", "exact", "FAILED")


def test_ours_is_the_mean_of_the_replications_with_its_standard_error() -> None:
    (mean, constant, slow) = validation.run(
        made_up_checks.group(4.0).experiments, False, 1, lambda name, done, total: None
    )
    assert (mean.ours, mean.replications) == (4.0, 5)
    assert mean.standard_error == pytest.approx(math.sqrt(10 / 5))
    assert (constant.ours, constant.standard_error) == (7.0, 0.0)
    assert slow.replications == 1


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "groups", lambda: (made_up_checks.group(2.0),))


@pytest.mark.usefixtures("made_up")
def test_a_failed_check_exits_1_and_is_named() -> None:
    quick = CliRunner().invoke(app, ["sim", "validate", "--quick"])
    assert quick.exit_code == 0
    assert "2 checks, 2 within tolerance" in quick.stdout
    full = CliRunner().invoke(app, ["sim", "validate"])
    assert full.exit_code == 1
    assert "3 checks, 2 within tolerance" in full.stdout
    assert "FAILED: made-up/mean" in full.stdout


@pytest.mark.usefixtures("made_up")
def test_json_tells_everything_of_a_check() -> None:
    ran = CliRunner().invoke(app, ["sim", "validate", "--json", "made-up/mean"])
    assert ran.exit_code == 1
    mean, constant = json.loads(ran.stdout)
    assert mean["check"] == "made-up/mean"
    assert (mean["ours"], mean["theirs"], mean["passed"]) == (4.0, 2.0, False)
    assert (mean["source"], mean["unit"], mean["allowed"]) == ("made up", "s", 0.5)
    assert constant["passed"]


@pytest.mark.usefixtures("made_up")
def test_no_such_check_is_wrong_usage() -> None:
    ran = CliRunner().invoke(app, ["sim", "validate", "nonsense"])
    assert ran.exit_code == 2
    assert "nonsense" in ran.stderr and "made-up" in ran.stderr


def test_a_check_has_a_name_of_its_own_in_its_group() -> None:
    checks = [check for group in validation.groups() for check in group.checks]
    names = Counter(check.name for check in checks)
    assert max(names.values()) == 1
    for group in validation.groups():
        assert all(check.name.startswith(f"{group.name}/") for check in group.checks)
    assert all(check.quantity and check.source for check in checks)


def test_every_group_has_quick_checks() -> None:
    quick = {group.name for group in validation.choose([], quick=True)}
    assert quick == {group.name for group in validation.groups()}


def rows_of_the_page() -> dict[str, list[str]]:
    """Return the cells of each check's row by the check's name."""
    text = (DOCS / "VALIDATION.md").read_text(encoding="utf-8")
    rows = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        group = section.split("\n", 1)[0]
        for line in re.findall(r"^\| (.*) \|$", section, flags=re.MULTILINE)[1:]:
            cells = line.split(" | ")
            rows[f"{group}/{cells[0]}"] = cells
    return rows


def test_the_page_lists_exactly_the_checks_that_exist() -> None:
    checks = [check for group in validation.groups() for check in group.checks]
    assert list(rows_of_the_page()) == [check.name for check in checks], "make validation"


def test_the_page_shows_no_failure_and_todays_figures_of_others() -> None:
    rows = rows_of_the_page()
    for group in validation.groups():
        for check in group.checks:
            cells = rows[check.name]
            assert cells[1:3] == [check.quantity, check.unit]
            assert float(cells[4]) == pytest.approx(check.theirs, rel=0.1, abs=1e-4)
            assert cells[-1] == "ok"


def test_the_pages_plots_are_there() -> None:
    text = (DOCS / "VALIDATION.md").read_text(encoding="utf-8")
    shown = set(re.findall(rf"\({page.FOLDER}/(\w+)\.svg\)", text))
    assert shown == {path.stem for path in (DOCS / page.FOLDER).iterdir()}
    assert shown == {"overview", *page.PLOTS}


def test_a_shortened_validation_passes() -> None:
    ran = CliRunner().invoke(app, ["sim", "validate", "--quick", "--json"])
    failed = [each for each in json.loads(ran.stdout) if not each["passed"]]
    assert not failed
    assert ran.exit_code == 0
