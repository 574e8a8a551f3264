"""Designs, the store of trials and sweeps: nothing is lost by a kill, nothing is run twice."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from linli_hostsim import scenario
from linli_hostsim.experiments import trial as trial_module
from linli_hostsim.experiments.designs import (
    Choices,
    Range,
    grid,
    latin_hypercube,
    parse_factor,
)
from linli_hostsim.experiments.runs_store import StoreError, TrialStore
from linli_hostsim.experiments.settings import SettingError
from linli_hostsim.experiments.sweep import Outcome, WorkersError, on_this_machine, sweep
from linli_hostsim.experiments.trial import Trial, perform
from linli_tools.cli import app

TINY = scenario.read("tiny")
PAGE = Path(__file__).parents[2] / "docs/EXPERIMENTS.md"
LINLI = [sys.executable, "-c", "from linli_tools.cli import main; main()"]


def trials(*meters: int, seed: int = 1, hours: float = 0.25) -> list[Trial]:
    return [Trial(TINY, {"meter.count": count}, seed, hours) for count in meters]


def test_a_grid_has_every_combination() -> None:
    factors = dict(parse_factor(text) for text in ("a=1,2", "b=x,y"))
    assert grid(factors) == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
    ]


def test_a_grid_of_a_range_has_no_steps() -> None:
    with pytest.raises(SettingError, match="a: a range is sampled"):
        grid(dict([parse_factor("a=1..2")]))


def test_a_latin_hypercube_has_one_sample_in_each_part_of_each_range() -> None:
    factors = dict(parse_factor(text) for text in ("a=0.0..10.0", "b=1..20", "c=x,y"))
    samples = latin_hypercube(factors, 20, seed=1)
    assert sorted(int(float(str(each["a"])) * 2) for each in samples) == list(range(20))
    assert sorted(int(str(each["b"])) for each in samples) == list(range(1, 21))
    assert sorted(str(each["c"]) for each in samples) == ["x"] * 10 + ["y"] * 10
    assert samples == latin_hypercube(factors, 20, seed=1)
    assert samples != latin_hypercube(factors, 20, seed=2)


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("a.b=3..9", Range(3, 9)),
        ("a.b=3..9.5", Range(3, 9.5)),
        ("a.b=-1e-3..1", Range(-0.001, 1)),
        ("a.b=3,9", Choices([3, 9])),
    ],
)
def test_two_dots_make_a_range(text: str, factor: object) -> None:
    assert parse_factor(text) == ("a.b", factor)


@pytest.mark.parametrize(
    "text", ["a=3..", "a=9..3", "a=3..3", "=1..2", "a=x..y", "a=nan..1", "a=0..inf"]
)
def test_a_range_needs_two_ends(text: str) -> None:
    with pytest.raises(SettingError, match=r"should be key=low\.\.high"):
        parse_factor(text)


def test_a_trial_is_known_by_all_that_decides_its_results(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        each.key
        for each in (
            *trials(3, 4),
            *trials(3, seed=2),
            *trials(3, hours=1),
            Trial(TINY + "# other text", {"meter.count": 3}, 1, 0.25),
        )
    }
    assert len(keys) == 5
    assert trials(3)[0].key in keys
    monkeypatch.setattr(trial_module, "code_version", lambda: "other code")
    assert trials(3)[0].key not in keys


def test_what_a_store_keeps_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    one, other = trials(3, 4)
    with TrialStore(tmp_path) as store:
        store.add(one, {"delivery": 0.5, "alarm_p99_s": None})
        with pytest.raises(StoreError, match="in use by another process"):
            TrialStore(tmp_path)
    with TrialStore(tmp_path) as store:
        assert store.figures == {one.key: {"delivery": 0.5, "alarm_p99_s": None}}
        store.add(other, {"delivery": 1 / 3})
    with TrialStore(tmp_path) as store:
        assert store.figures[other.key] == {"delivery": 1 / 3}
    assert [path.name for path in tmp_path.glob("*.parquet")] == ["trials.parquet"]


def test_neither_halves_nor_doubles_harm_a_store(tmp_path: Path) -> None:
    [one] = trials(3)
    with TrialStore(tmp_path) as store:
        store.add(one, {"delivery": 0.5})
        # A kill after the files were joined, before they were removed; another while one was
        # written.
        single = tmp_path / f"trial-{one.key}.parquet"
        content = single.read_bytes()
    single.write_bytes(content)
    (tmp_path / "trial-0.parquet.tmp").write_bytes(content[:100])
    with TrialStore(tmp_path) as store:
        assert store.figures == {one.key: {"delivery": 0.5}}
    assert sorted(os.listdir(tmp_path)) == [".lock", "trials.parquet"]
    rows = duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/*.parquet'").fetchall()
    assert rows == [(1,)]


def test_a_file_that_is_no_store_s_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.parquet").write_text("no Parquet")
    with pytest.raises(StoreError, match=r"other\.parquet: "):
        TrialStore(tmp_path)
    with pytest.raises(StoreError, match=r"other\.parquet: "):
        TrialStore(tmp_path / "other.parquet")


def test_a_failing_trial_is_told_and_stops_no_other(tmp_path: Path) -> None:
    told = []
    with TrialStore(tmp_path) as store:
        done = sweep(
            [*trials(3, 0, 4), *trials(3)],
            store,
            on_this_machine(jobs=2),
            lambda name, finished, total: told.append((finished, total)),
        )
        assert set(store.figures) == {each.key for each in trials(3, 4)}
    [(failed, reason)] = done.failed
    assert str(failed) == "meter.count=0, seed 1"
    assert "devices[2].count" in reason
    # The same trial twice is one.
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_what_is_finished_is_not_run_again(tmp_path: Path) -> None:
    with TrialStore(tmp_path) as store:
        sweep(trials(3), store, on_this_machine(jobs=1))
    asked: list[Trial] = []

    def refuse(missing: Sequence[Trial]) -> Generator[Outcome, None, None]:
        asked.extend(missing)
        raise WorkersError("no workers")
        yield

    with TrialStore(tmp_path) as store, pytest.raises(WorkersError):
        sweep(trials(3, 4), store, refuse)
    assert asked == trials(4)


def command(folder: Path, *arguments: str) -> list[str]:
    return [*LINLI, "sim", "sweep", "tiny", "--out", str(folder), "--jobs", "2", *arguments]


def test_a_sweep_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    design = ["--set", f"meter.count={','.join(map(str, range(5, 19)))}", "--hours", "2"]
    killed = subprocess.Popen(
        command(tmp_path, *design), stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        by_s = time.monotonic() + 60
        while len(list(tmp_path.glob("*.parquet"))) < 4 and time.monotonic() < by_s:
            time.sleep(0.01)
    finally:
        os.killpg(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    kept = len(list(tmp_path.glob("*.parquet")))
    assert 4 <= kept < 14
    again = subprocess.run(
        command(tmp_path, *design, "--json"), capture_output=True, text=True, timeout=120
    )
    assert again.returncode == 0, again.stderr
    assert again.stderr == f"{14 - kept} trials run, {kept} found in {tmp_path}\n"
    found = json.loads(again.stdout)["trials"]
    assert [each["settings"]["meter.count"] for each in found] == list(range(5, 19))
    assert all(each["figures"]["delivery"] == 1 for each in found)


def test_the_command_shows_a_row_for_each_setting_and_names_what_failed(tmp_path: Path) -> None:
    options = ["--set", "meter.count=3,0", "--replications", "2", "--hours", "0.25"]
    run = CliRunner().invoke(app, command(tmp_path, *options, "--figure", "delivery")[3:])
    assert run.exit_code == 1
    assert "failed: meter.count=0, seed 2: 1 mistake" in run.stderr
    assert "4 trials run, 0 found" in run.stderr
    rows = [line.split() for line in run.stdout.splitlines() if "│" in line]
    assert [row[1] for row in rows] == ["3", "0"]


def test_what_is_kept_answers_the_questions_of_the_page(tmp_path: Path) -> None:
    options = ["--set", "meter.count=5,9", "--replications", "2", "--hours", "2"]
    run = CliRunner().invoke(app, command(tmp_path, *options)[3:])
    assert run.exit_code == 0, run.stderr
    queries = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    by_setting, figures, code = (
        duckdb.sql(query.replace("runs/tiny-trials", str(tmp_path))).fetchall() for query in queries
    )
    assert [row[:2] for row in by_setting] == [(5, 2), (9, 2)]
    assert {name for *_, name, _ in figures} >= {"delivery", "delivery.meter"}
    assert [runs for _, runs in code] == [4]


def test_a_row_has_the_scenario_that_was_run(tmp_path: Path) -> None:
    [one] = trials(3)
    with TrialStore(tmp_path) as store:
        sweep([one], store, on_this_machine(jobs=1))
        [(text,)] = duckdb.sql(f"SELECT scenario_toml FROM '{tmp_path}/*.parquet'").fetchall()
        assert perform(Trial(text, {}, one.seed, one.hours)) == store.figures[one.key]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--set", "meter.count"], "key=value"),
        (["--set", "door.count=3"], "several tables"),
        (["--set", "meter.count=3..9"], "a range"),
        (["--set", "meter.count=3", "--figure", "speed"], "no such figure"),
        ([], "--set"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_run(
    options: list[str], said: str, tmp_path: Path
) -> None:
    run = CliRunner().invoke(app, command(tmp_path / "none", *options)[3:])
    assert run.exit_code == 2
    assert said in run.stderr
    assert not (tmp_path / "none").exists()
