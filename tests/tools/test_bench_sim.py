"""`linli bench sim`: each row does what it says it does, and says what it did not do."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from linli_tools.bench.simulator import city, measure, page, report, rows, worker
from linli_tools.bench.simulator.measure import Measured, Result, Results
from linli_tools.bench.simulator.rows import FULL, QUICK, Elsewhere, Row, Sizes
from linli_tools.cli import app
from linli_tools.failure import Failure

TINY = Sizes(
    rounds=1,
    pending=10,
    events=100,
    nodes=20,
    packets=400,
    peer_packets=100,
    example_devices=(10,),
    twins=3,
    twins_s=2,
    meters=(50, 200),
    cities=(500,),
    city_hours=0.5,
)
# Stands in for LoRaSim's: takes its arguments, prints what it does, leaves the same two names.
LORADIR = """
import sys
nodes, between_ms, experiment, run_ms, check = map(int, sys.argv[1:])
def report(packet):
    print("packet", packet)
for packet in range(run_ms // between_ms):
    report(packet)
print("this would hide what the worker prints")
sent = nodes * run_ms // between_ms
nrReceived = sent // (2 + check)
open("exp.dat", "w").write("its results")
"""


@pytest.fixture
def loradir(tmp_path: Path) -> Path:
    path = tmp_path / "loraDir.py"
    path.write_text(LORADIR)
    return path


def nobody(name: str, done: int, total: int) -> None:
    pass


def row(work: str, count: int = 1, **arguments: str | float) -> Row:
    return Row("job", rows.LINLI, "packet", work, arguments, count)


def only(todo: Iterable[Row | Elsewhere]) -> Result:
    (result,) = measure.measure(todo, nobody).rows
    return result


def measured(result: Result) -> Measured:
    assert result.measured is not None
    return result.measured


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Results:
    path = tmp_path_factory.mktemp("peer") / "loraDir.py"
    path.write_text(LORADIR)
    # A compiled copy holds the same packages; an empty folder leaves the installed ones.
    todo = rows.rows(TINY, "tiny", 0.05, path, path.parent)
    return measure.measure(todo, nobody)


def test_every_kind_of_row_is_measured(tiny: Results) -> None:
    assert {each.row.work for each in tiny.rows if isinstance(each.row, Row)} == set(worker.WORK)
    for each in tiny.rows:
        if isinstance(each.row, Row):
            of_each = measured(each)
            assert of_each.count > 0 and of_each.peak_bytes > 1e7
            assert of_each.delivered is None or 0 < of_each.delivered <= 1


def test_rows_count_what_they_say(tiny: Results) -> None:
    counts = {
        (each.row.work, *map(str, each.row.arguments.values())): measured(each).count
        for each in tiny.rows
        if isinstance(each.row, Row)
    }
    by_work = {work: value for (work, *_), value in counts.items()}
    assert by_work["simpy"] == by_work["clockwork"] == TINY.events
    assert by_work["lorasim"] == pytest.approx(TINY.packets, rel=0.2)
    assert by_work["ns3_example"] == 10 * 6
    # A report and its acknowledgement, each second of each twin; the last may be under way.
    assert by_work["twins"] == pytest.approx(2 * TINY.twins * TINY.twins_s, abs=TINY.twins)
    assert counts["meters", "200", "0.5"] == pytest.approx(200 * 0.5 / 24)
    assert counts["city", "500", "0.5"] == pytest.approx(500 * 0.5 / 24, rel=0.01)


def test_a_row_has_the_times_of_all_its_rounds() -> None:
    result = only([row("simpy", 2, pending=1, events=10)])
    assert len(measured(result).cpu_s) == len(measured(result).wall_s) == 2


def test_a_smaller_city_is_as_dense_as_the_whole() -> None:
    full = city.load("city")
    scaled = city._scaled(full, 0.01)
    whole, part = (
        sum(group.number(each.households) for group in each.devices) for each in (full, scaled)
    )
    assert part == pytest.approx(whole / 100, rel=0.001)
    area = scaled.site.width_m * scaled.site.height_m
    assert area == pytest.approx(full.site.width_m * full.site.height_m / 100)
    assert scaled.lora.gateways == round(full.lora.gateways / 100)
    named = [outage.gateway for outage in scaled.faults.backhaul if outage.gateway is not None]
    assert all(number < scaled.lora.gateways for number in named)


def test_lorasim_runs_with_our_arguments_and_without_its_prints(loradir: Path) -> None:
    arguments: dict[str, Any] = {"number": 0, "nodes": 10, "rule": "full", "packets": 1000}
    result = only([row("loradir", path=str(loradir), **arguments)])
    # A packet of experiment 0 takes 1.7 s of the 1 000 s to the next.
    assert measured(result).count == pytest.approx(1000, abs=10)
    assert measured(result).delivered == pytest.approx(1 / 3, abs=0.01)
    assert not (loradir.parent / "exp.dat").exists()


def test_a_copy_of_lorasim_for_python_2_is_refused(loradir: Path) -> None:
    loradir.write_text("print 'hello'\n")
    theirs = [each for each in rows.rows(TINY, "tiny", 1, loradir, None) if each.by == "LoRaSim"]
    with pytest.raises(Failure, match=r"LoRaSim SN1.*SyntaxError"):
        measure.measure(theirs, nobody)


def test_peers_that_are_not_here_are_shown_with_their_source() -> None:
    todo = [each for each in rows.rows(FULL, "tiny", 1, None, None) if isinstance(each, Elsewhere)]
    assert {each.by for each in todo} == {"LoRaSim", "ns-3.37 lorawan"}
    results = measure.measure(todo, nobody)
    assert all(each.note.startswith("not run here: ") for each in results.rows)
    assert all(each.measured is None for each in results.rows)


def test_a_row_that_needs_more_memory_than_is_free_is_not_run() -> None:
    result = only([replace(row("no such work"), memory_bytes=10**15)])
    assert result.measured is None and result.per_cpu_s is None
    assert result.note.startswith("not run: needs 1e+09 MB of memory, ")


def done(job: str, by: str, per_s: float, is_peer: bool = False) -> Result:
    made = Row(job, by, "packet", "", {}, 3, is_peer)
    return Result(made, Measured(per_s, (0.5, 1.0, 9.0), (1.0, 2.0, 10.0), 10**8, None))


@pytest.fixture
def made_up() -> Results:
    return Results(
        "a processor",
        "a system",
        {"linli": "0.1.0"},
        "2026-01-01",
        (
            done("one", "slow peer", 10, is_peer=True),
            done("one", "fast peer", 20, is_peer=True),
            done("one", rows.LINLI, 100),
            done("two", rows.LINLI, 7),
            done(f"{rows.METERS}, 1", rows.LINLI, 8),
            done(f"{rows.METERS}, 2", rows.LINLI, 10),
            Result(Elsewhere("three", "absent", "packet", None, "too slow"), None, "too slow"),
        ),
    )


def test_a_ratio_is_to_the_fastest_peer_of_the_job(made_up: Results) -> None:
    assert [made_up.ratio(each) for each in made_up.rows] == [None, None, 5, *[None] * 4]
    assert made_up.spread() == pytest.approx(10 / 8)


def test_json_holds_what_was_measured(tiny: Results, made_up: Results) -> None:
    for results in (tiny, made_up):
        text = json.dumps(report.to_json(results), allow_nan=False)
        assert {"processor", "system", "versions", "date", "rows", "spread"} == set(
            json.loads(text)
        )
    first, *_, last = report.to_json(made_up)["rows"]
    assert first == {
        "job": "one",
        "by": "slow peer",
        "unit": "packet",
        "is_peer": True,
        "count": 10,
        "cpu_s": (0.5, 1.0, 9.0),
        "wall_s": (1.0, 2.0, 10.0),
        "per_cpu_s": 10,
        "peak_bytes": 10**8,
        "delivered": None,
        "ratio": None,
        "note": "",
    }
    assert (last["by"], last["cpu_s"], last["note"]) == ("absent", None, "too slow")


def _terminal(results: Results) -> str:
    console = Console(file=StringIO(), width=120)
    console.print(report.table(results))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("shown", [_terminal, page.page])
def test_table_and_page_show_every_row(
    shown: Callable[[Results], str], tiny: Results, made_up: Results
) -> None:
    for results in (tiny, made_up):
        text = shown(results)
        assert "…" not in text
        assert all(text.count(each.row.by) for each in results.rows)
    assert "absent: too slow" in page.page(made_up)
    assert "1.25 times" in page.page(made_up)


def test_the_command_prints_a_table_or_json(monkeypatch: pytest.MonkeyPatch) -> None:
    todo = [row("simpy", pending=1, events=10)]
    monkeypatch.setattr(rows, "rows", lambda *arguments: todo)
    text = CliRunner().invoke(app, ["bench", "sim", "--quick"])
    assert (
        text.exit_code == 0 and "job: packets" in text.stdout and report.NOTES[:40] in text.stdout
    )
    run = CliRunner().invoke(app, ["bench", "sim", "--quick", "--json"])
    assert [each["count"] for each in json.loads(run.stdout)["rows"]] == [10]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--scenario", "no-such-scenario"],
        ["--hours", "0"],
        ["--lorasim", "no-such-file.py"],
        ["--compiled", "no-such-folder"],
        ["--lorasim", "."],
        ["surplus"],
    ],
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["bench", "sim", *arguments]).exit_code == 2


def test_quick_is_less_of_the_same() -> None:
    for each in rows.rows(QUICK, "tiny", 1, None, None):
        assert isinstance(each, Elsewhere) or each.rounds == 1
    assert max(QUICK.meters) < max(FULL.meters) and max(FULL.meters) == 1_000_000
