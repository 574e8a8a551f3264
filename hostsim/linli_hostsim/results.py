"""What a run found out: its tables, where they came from, and the directory that keeps both.

The same seed, scenario, inputs and versions give the same directory, byte for byte, but for the
"run" part of results.json, which holds what the wall clock says. (Of DuckDB's Parquet this holds
for one version of DuckDB, which names itself in each file.)
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from linli_protocol import words

from . import tables, versions
from .packet import Direction, Fate
from .recorder import Recorder
from .summary import KindSummary, summarise
from .tables import NUMPY_TYPES, SCHEMA, Columns
from .tracker import Tally

FORMAT = 1
SCENARIO_FILE = "scenario.toml"
RESULTS_FILE = "results.json"
REPORT_FILE = "report.html"


class ResultsError(Exception):
    """A run directory that cannot be read; the message names the file."""


@dataclass(frozen=True, slots=True)
class Meta:
    """Where results come from, and the counts that belong to no table.

    `inputs` maps each replayed file's role ("water", "doors") to lines about it: its name, its
    rows, what was dirty. `versions` is what `versions.in_use` returns. `events` counts the
    simulator's events, `event_counts` the devices' by kind and word.
    """

    scenario: str
    scenario_toml: str
    seed: int
    duration_s: int
    devices: int
    events: int
    versions: dict[str, str]
    inputs: dict[str, list[str]]
    event_counts: dict[str, dict[str, int]]
    repeated_deliveries: int
    unmatched_deliveries: int


@dataclass(frozen=True, slots=True)
class Results:
    """A run's results; `tables` maps the names of tables.SCHEMA to columns."""

    meta: Meta
    tables: dict[str, Columns]
    wall_s: float

    @classmethod
    def from_run(
        cls,
        recorder: Recorder,
        settled: Mapping[tuple[str, Direction, Fate], Tally],
        *,
        scenario: str,
        scenario_toml: str,
        seed: int,
        duration_s: int,
        events: int,
        inputs: dict[str, list[str]],
        wall_s: float,
    ) -> "Results":
        """Return the results of a finished run: `settled` is its tracker's, the rest as in Meta."""
        event_counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (kind, code), count in sorted(recorder.event_counts.items()):
            event_counts[words.DEVICE_KINDS[kind]][words.EVENTS[code]] = count
        found = tables.from_run(recorder, settled)
        meta = Meta(
            scenario=scenario,
            scenario_toml=scenario_toml,
            seed=seed,
            duration_s=duration_s,
            devices=len(found["devices"]["device"]),
            events=events,
            versions=versions.in_use(),
            inputs=inputs,
            event_counts=dict(event_counts),
            repeated_deliveries=recorder.repeated_deliveries,
            unmatched_deliveries=recorder.unmatched_deliveries,
        )
        return cls(meta, found, wall_s)

    @property
    def events_per_s(self) -> float:
        """The simulator's events per second of wall-clock time."""
        return self.meta.events / self.wall_s

    @property
    def kinds(self) -> list[KindSummary]:
        """The summary of each device kind."""
        return summarise(self.tables)

    def to_json(self) -> str:
        """Return the summary as JSON; everything but its "run" part is reproducible."""
        meta = asdict(self.meta)
        del meta["scenario_toml"]
        fates = {name: column.tolist() for name, column in self.tables["fates"].items()}
        return json.dumps(
            {
                "format": FORMAT,
                "meta": meta,
                "kinds": [asdict(kind) for kind in self.kinds],
                "fates": [
                    dict(zip(fates, row, strict=True)) for row in zip(*fates.values(), strict=True)
                ],
                "run": {
                    "wall_s": round(self.wall_s, 3),
                    "events_per_s": round(self.events_per_s),
                    "simulated_s_per_s": round(self.meta.duration_s / self.wall_s),
                },
            },
            indent=1,
            ensure_ascii=False,
        )

    def write(self, run_directory: Path) -> None:
        """Write scenario, summary, Parquet files and report, over those of an earlier run."""
        # Loads matplotlib, which those who only read results need not wait for.
        from .report.page import render

        run_directory.mkdir(parents=True, exist_ok=True)
        texts = {
            SCENARIO_FILE: self.meta.scenario_toml,
            RESULTS_FILE: self.to_json() + "\n",
            REPORT_FILE: render(self),
        }
        for name, text in texts.items():
            (run_directory / name).write_text(text, encoding="utf-8", newline="\n")
        with duckdb.connect() as database:
            # One thread, since row groups written by several come in any order.
            database.execute("SET threads = 1")
            for table in SCHEMA:
                _write_parquet(database, table, self.tables[table], run_directory)

    @classmethod
    def read(cls, run_directory: Path) -> "Results":
        """Return what `write` wrote; ResultsError names the file that is missing or unsound."""
        path = run_directory / RESULTS_FILE
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            scenario_toml = (run_directory / SCENARIO_FILE).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise ResultsError(f"{error.filename}: no such file, so this is no run") from error
        except ValueError as error:
            raise ResultsError(f"{path}: {error}") from error
        if content.get("format") != FORMAT:
            raise ResultsError(f"{path}: format {content.get('format')}, not {FORMAT}")
        with duckdb.connect() as database:
            found = {
                table: _read_parquet(database, run_directory / f"{table}.parquet", schema)
                for table, schema in SCHEMA.items()
            }
        meta = Meta(scenario_toml=scenario_toml, **content["meta"])
        return cls(meta, found, content["run"]["wall_s"])


def _write_parquet(
    database: duckdb.DuckDBPyConnection, table: str, columns: Columns, folder: Path
) -> None:
    schema = ", ".join(f"{name} {sql_type}" for name, sql_type in SCHEMA[table].items())
    database.execute(f"CREATE TABLE {table} ({schema})")
    # DuckDB cannot tell the type of an empty column of objects.
    if len(next(iter(columns.values()))):
        database.register("columns", columns)
        database.execute(f"INSERT INTO {table} SELECT {', '.join(SCHEMA[table])} FROM columns")
        database.unregister("columns")
    path = str(folder / f"{table}.parquet").replace("'", "''")
    database.execute(f"COPY {table} TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def _read_parquet(
    database: duckdb.DuckDBPyConnection, path: Path, schema: dict[str, str]
) -> Columns:
    try:
        found: dict[str, Any] = database.read_parquet(str(path)).fetchnumpy()
        return {
            name: found[name].astype(NUMPY_TYPES[sql_type]) for name, sql_type in schema.items()
        }
    except (duckdb.Error, KeyError) as error:
        raise ResultsError(f"{path}: {error}") from error
