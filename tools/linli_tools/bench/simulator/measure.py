"""Does the rows in turns, each time in a fresh process, and gathers what came of them."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from linli_hostsim.quantities import size

from ...failure import Failure
from ..machine import processor
from .rows import METERS, Elsewhere, Row

_WORKER = "linli_tools.bench.simulator.worker"
_PACKAGES = ("linli", "simpy", "numpy")


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of each round, the most memory of any, and what was done in one."""

    count: float
    cpu_s: tuple[float, ...]
    wall_s: tuple[float, ...]
    peak_bytes: int
    delivered: float | None

    @property
    def per_cpu_s(self) -> float:
        """Return how much a second of the processor does, the median of the rounds."""
        return self.count / median(self.cpu_s)


@dataclass(frozen=True, slots=True)
class Result:
    """A row and what came of it; `measured` None where it was not run here, as `note` tells."""

    row: Row | Elsewhere
    measured: Measured | None
    note: str = ""

    @property
    def per_cpu_s(self) -> float | None:
        """Return how much a second of the processor does, where that is known."""
        if isinstance(self.row, Elsewhere):
            return self.row.per_s
        return self.measured.per_cpu_s if self.measured else None


@dataclass(frozen=True, slots=True)
class Results:
    """All rows of a run on one machine."""

    processor: str
    system: str
    versions: dict[str, str]
    date: str
    rows: tuple[Result, ...]

    def ratio(self, result: Result) -> float | None:
        """Return how many times as fast as the fastest peer of its job a row is."""
        peers = [
            each.per_cpu_s
            for each in self.rows
            if each.row.job == result.row.job and each.row.is_peer and each.per_cpu_s
        ]
        if result.row.is_peer or not peers or not result.per_cpu_s:
            return None
        return result.per_cpu_s / max(peers)

    def spread(self) -> float | None:
        """Return what a device-day costs in the dearest city of meters over the cheapest."""
        rates = [
            each.per_cpu_s
            for each in self.rows
            if each.row.job.startswith(METERS) and each.per_cpu_s
        ]
        return max(rates) / min(rates) if rates else None


def measure(rows: Iterable[Row | Elsewhere], progress: Callable[[str, int, int], None]) -> Results:
    """Do the rows; `progress` takes a row's name, its turn and how many turns there are."""
    rows = list(rows)
    too_large = {id(row): note for row in rows if (note := _lack_of_memory(row))}
    todo = [row for row in rows if isinstance(row, Row) and id(row) not in too_large]
    turns = [row for turn in range(_most_rounds(todo)) for row in todo if turn < row.rounds]
    answers: dict[int, list[dict[str, Any]]] = {id(row): [] for row in todo}
    for number, row in enumerate(turns):
        progress(f"{row.job}: {row.by}", number, len(turns))
        answers[id(row)].append(_do(row))
    results = []
    for each in rows:
        if isinstance(each, Elsewhere):
            results.append(Result(each, None, f"not run here: {each.note}"))
        elif id(each) in too_large:
            results.append(Result(each, None, too_large[id(each)]))
        else:
            results.append(Result(each, _gathered(answers[id(each)])))
    return Results(
        processor(),
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        {name: version(name) for name in _PACKAGES},
        datetime.now().astimezone().isoformat(timespec="seconds"),
        tuple(results),
    )


def _most_rounds(rows: Sequence[Row]) -> int:
    return max((row.rounds for row in rows), default=0)


def _gathered(answers: Sequence[dict[str, Any]]) -> Measured:
    return Measured(
        answers[0]["count"],
        tuple(answer["cpu_s"] for answer in answers),
        tuple(answer["wall_s"] for answer in answers),
        max(answer["peak_bytes"] for answer in answers),
        answers[0]["delivered"],
    )


def _do(row: Row) -> dict[str, Any]:
    path = [str(row.folder.absolute())] if row.folder else []
    path += filter(None, [os.environ.get("PYTHONPATH")])
    run = subprocess.run(
        [sys.executable, "-m", _WORKER, row.work, json.dumps(row.arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
    )
    if run.returncode:
        last = run.stderr.strip().splitlines()[-1:] or [f"its process ended with {run.returncode}"]
        raise Failure(f"{row.job}, {row.by}: {last[0]}")
    # What a peer writes itself comes before.
    answer: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return answer


def _lack_of_memory(row: Row | Elsewhere) -> str:
    """Return a note where a row needs more memory than is free, else nothing."""
    free = _free_bytes()
    if not isinstance(row, Row) or free is None or row.memory_bytes <= free:
        return ""
    return f"not run: needs {size(row.memory_bytes)} of memory, {size(free)} are free"


def _free_bytes() -> int | None:
    """Return the memory that a new process can have, where the system tells."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
