"""The folder of finished trials: Parquet files with a row for each, which survive a kill.

A row is written to a file of its own, which is put in place whole by renaming; when the store is
closed, all are joined to one. What a kill leaves half-written, or twice, does no harm. Rows hold
all that is needed to run a trial again. docs/EXPERIMENTS.md tells what their columns mean.
"""

import fcntl
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import duckdb

from .trial import Trial, code_version

Figures = dict[str, float | None]

_COLUMNS = {
    "key": "VARCHAR",
    "scenario": "VARCHAR",
    "settings": "MAP(VARCHAR, VARCHAR)",
    "seed": "UBIGINT",
    "hours": "DOUBLE",
    "warm_up": "VARCHAR",
    "code": "VARCHAR",
    "figures": "MAP(VARCHAR, DOUBLE)",
    "scenario_toml": "VARCHAR",
}
_JOINED = "trials.parquet"
_LOCK = ".lock"


class StoreError(Exception):
    """A store that cannot be used; the message names the folder or the file."""


class TrialStore:
    """The trials in one folder, for one process at a time; `figures` has those found, by key."""

    def __init__(self, folder: Path) -> None:
        """Open the store, which need not exist; StoreError when it is in use or unsound."""
        self.figures: dict[str, Figures] = {}
        self._folder = folder
        self._lock = self._take_lock()
        for unfinished in folder.glob("*.tmp"):
            unfinished.unlink()
        self._database = duckdb.connect()
        columns = ", ".join(f"{name} {sql_type}" for name, sql_type in _COLUMNS.items())
        self._database.execute(f"CREATE TABLE trials ({columns})")
        for path in sorted(folder.glob("*.parquet")):
            self._load(path)

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Join all files to one, and leave the folder to others."""
        try:
            self._join()
        finally:
            self._database.close()
            self._lock.close()

    def add(self, trial: Trial, figures: Figures) -> None:
        """Keep the figures of a trial; on return they are on the disk."""
        key, text = trial.key, trial.toml
        settings = {name: str(value) for name, value in trial.settings.items()}
        self._database.execute(
            "INSERT INTO trials VALUES (?, ?, map(?::VARCHAR[], ?::VARCHAR[]), ?, ?, ?, ?, "
            "map(?::VARCHAR[], ?::DOUBLE[]), ?)",
            [
                key,
                tomllib.loads(text)["name"],
                list(settings),
                list(settings.values()),
                trial.seed,
                trial.hours,
                str(trial.warm_up),
                code_version(),
                list(figures),
                list(figures.values()),
                text,
            ],
        )
        self.figures[key] = figures
        self._write("SELECT * FROM trials WHERE key = ?", [key], f"trial-{key}.parquet")

    def _take_lock(self) -> IO[str]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / _LOCK).open("w")
        except OSError as error:
            raise StoreError(f"{self._folder}: {error.strerror}") from error
        try:
            # The system lets go of it when the process ends, however that comes.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StoreError(f"{self._folder}: in use by another process") from None
        return lock

    def _load(self, path: Path) -> None:
        try:
            rows = self._database.execute(
                f"INSERT INTO trials SELECT {', '.join(_COLUMNS)} FROM read_parquet(?) AS found "
                "WHERE NOT EXISTS (FROM trials WHERE trials.key = found.key) "
                "RETURNING key, figures",
                [str(path)],
            ).fetchall()
        except duckdb.Error as error:
            raise StoreError(f"{path}: {error}") from error
        self.figures |= dict(rows)

    def _join(self) -> None:
        single = list(self._folder.glob("trial-*.parquet"))
        if single:
            self._write("SELECT * FROM trials ORDER BY key", [], _JOINED)
        for path in single:
            path.unlink()

    def _write(self, query: str, parameters: Sequence[Any], name: str) -> None:
        """Put a file of the query's rows in place, so that it is there whole or not at all."""
        unfinished = self._folder / f"{name}.tmp"
        rows = self._database.sql(query, params=list(parameters))
        rows.write_parquet(str(unfinished), compression="zstd")
        _sync(unfinished)
        unfinished.replace(self._folder / name)
        _sync(self._folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
