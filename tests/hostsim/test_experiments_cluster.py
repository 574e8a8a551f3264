"""A sweep on a real Dask cluster of a scheduler and two worker processes."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from dask_cluster import DaskCluster
from linli_hostsim import scenario
from linli_hostsim.experiments.runs_store import TrialStore
from linli_hostsim.experiments.sweep import on_cluster, on_this_machine, sweep
from linli_hostsim.experiments.trial import Trial
from linli_tools.cli import app

TINY = scenario.read("tiny")
METERS = range(5, 21)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    with DaskCluster(tmp_path, workers=2) as started:
        yield started


def trials(*meters: int) -> list[Trial]:
    return [Trial(TINY, {"meter.count": count}, seed=1, hours=2) for count in meters]


def test_the_death_of_a_worker_costs_no_trial_and_changes_no_result(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    told = []

    def kill_one(name: str, done: int, total: int) -> None:
        told.append(done)
        if done == 4:
            cluster.workers[0].kill()
            assert cluster.workers[0].wait() == -signal.SIGKILL

    wanted = trials(*METERS, 0)
    with TrialStore(tmp_path / "cluster") as store:
        done = sweep(wanted, store, on_cluster(cluster.address), kill_one)
    with TrialStore(tmp_path / "local") as local:
        sweep(wanted, local, on_this_machine(jobs=1))
    assert cluster.workers[1].poll() is None
    # Each ended once; the one that fails here as there does so by its own fault.
    assert told == list(range(len(wanted) + 1))
    assert [str(trial) for trial, _ in done.failed] == ["meter.count=0, seed 1"]
    assert store.figures == local.figures
    rows = duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/cluster/*.parquet'").fetchall()
    assert rows == [(len(METERS),)]


def test_the_command_takes_a_cluster_whose_code_is_the_same(
    cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--hours", "0.25", "--out", str(tmp_path / "out"), "--cluster", cluster.address]
    run = CliRunner().invoke(app, ["sim", "sweep", "tiny", "--set", "meter.count=3,4", *options])
    assert run.exit_code == 0, run.stderr
    assert "2 trials run" in run.stderr
    monkeypatch.setattr("linli_hostsim.experiments.sweep.code_version", lambda: "other code")
    run = CliRunner().invoke(app, ["sim", "sweep", "tiny", "--set", "meter.count=5", *options])
    assert run.exit_code == 1
    assert "failed: meter.count=5, seed 1: the worker has other code: linli " in run.stderr


@pytest.mark.parametrize("address", ["localhost", "tcp://127.0.0.1:{free}"])
def test_a_cluster_that_is_not_there_is_told_in_one_line(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linli_hostsim.experiments.sweep.CONNECT_S", 1)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        named = address.format(free=unused.getsockname()[1])
        options = ["--set", "meter.count=3", "--out", str(tmp_path), "--cluster", named]
        run = CliRunner().invoke(app, ["sim", "sweep", "tiny", *options])
    assert run.exit_code == 1
    assert named in str(run.exception)
