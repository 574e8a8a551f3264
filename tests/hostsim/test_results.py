"""A run directory: written twice it is the same, read back it is what was written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import made_up_run
from linli_hostsim import tables
from linli_hostsim.results import Results, ResultsError
from linli_hostsim.summary import Quantiles
from linli_hostsim.tables import SCHEMA

ROOT = Path(__file__).parents[2]


def without_run(text: str) -> dict[str, object]:
    content: dict[str, object] = json.loads(text)
    del content["run"]
    return content


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    written = made_up_run.results()
    written.write(tmp_path)
    found = Results.read(tmp_path)
    assert found.meta == written.meta
    assert found.to_json() == written.to_json()
    for table, schema in SCHEMA.items():
        for column in schema:
            assert found.tables[table][column].tolist() == written.tables[table][column].tolist()


def test_the_same_run_gives_the_same_bytes_but_for_the_wall_clock(tmp_path: Path) -> None:
    script = "import made_up_run, sys, pathlib; made_up_run.results(wall_s=float(sys.argv[2]))"
    folders = [tmp_path / "one", tmp_path / "two"]
    for number, folder in enumerate(folders, start=1):
        subprocess.run(
            [
                sys.executable,
                "-c",
                script + ".write(pathlib.Path(sys.argv[1]))",
                folder,
                str(number),
            ],
            env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), "PYTHONHASHSEED": str(number)},
            check=True,
        )
    names = sorted(path.name for path in folders[0].iterdir())
    expected = ["report.html", "results.json", "scenario.toml", *(f"{t}.parquet" for t in SCHEMA)]
    assert names == sorted(expected)
    for name in names:
        one, two = ((folder / name).read_bytes() for folder in folders)
        if name == "results.json":
            assert without_run(one.decode()) == without_run(two.decode())
            assert one != two
        else:
            assert one == two, name


def test_a_run_in_which_nothing_happened_is_written_and_read(tmp_path: Path) -> None:
    empty = {table: tables.columns(table, []) for table in SCHEMA}
    Results(made_up_run.results().meta, empty, 1.0).write(tmp_path)
    assert Results.read(tmp_path).kinds == []


def test_a_quantile_is_a_value_that_occurred() -> None:
    latencies = np.arange(1, 1001, dtype=np.int64) * 7
    assert Quantiles.of(latencies) == Quantiles(1000, 3500, 6930, 7000)
    assert Quantiles.of(latencies[:0]) == Quantiles(0, None, None, None)


def test_the_summary_counts_alarms_that_did_not_arrive() -> None:
    panic = next(kind for kind in made_up_run.results().kinds if kind.kind == "panic")
    assert (panic.alarms, panic.alarms_at_hub, panic.acknowledgement.count) == (10, 9, 9)
    assert panic.acknowledgement.max_us == 9_900_000


def test_what_is_no_run_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"results\.json"):
        Results.read(tmp_path)
    made_up_run.results().write(tmp_path)
    (tmp_path / "alarms.parquet").write_bytes(b"PAR1")
    with pytest.raises(ResultsError, match=r"alarms\.parquet"):
        Results.read(tmp_path)
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(ResultsError, match=r"results\.json"):
        Results.read(tmp_path)
