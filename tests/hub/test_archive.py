"""Old rows go to files: each row is always in the database, in a whole file, or in both."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from linli_hub.archive import (
    ARCHIVED,
    ArchiveError,
    Archiver,
    LogReader,
    archiver,
    parquet,
    verify_log,
)
from linli_hub.journal import ForeignRowsError, Journal
from linli_hub.log import GENESIS, BrokenChainError, Head, Record, verify
from linli_hub.projections import Event, Keeper, Projection
from linli_hub.storage import (
    Archive,
    Database,
    StorageError,
    Transaction,
    log_table,
    open_database,
)
from linli_hub.vault import Vault

WAIT_S = 20
ROWS = 25
NOW_US = 1_000_000


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archiver, "ROWS_PER_FILE", 10)
    monkeypatch.setattr(archiver, "_ROWS_PER_DELETION", 4)
    monkeypatch.setattr(archiver, "_PAGE", 3)
    monkeypatch.setattr("linli_hub.journal._PATIENCE_S", (0.0,))


def fill(database: Database) -> Head:
    """Add rows that are 1 to ROWS µs old by Unix time."""
    journal = Journal(database)
    journal.start()
    for number in range(1, ROWS + 1):
        journal.add(Record(number, "said", 7, 0, b'{"value": %d}' % number))
    journal.close()
    return journal.head


def archive(database: Database, folder: Path, before_us: int) -> list[Archive]:
    journal = Journal(database)
    journal.start()
    try:
        return Archiver(database, journal, folder).run(before_us, NOW_US)
    finally:
        journal.close()


def in_database(database: Database) -> list[int]:
    return [row.number for row in log_table.read(database)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def test_old_rows_go_to_files_that_anybody_can_read(database: Database, folder: Path) -> None:
    fill(database)
    made = archive(database, folder, before_us=18)
    assert [each.name for each in made] == [
        "log-000000000001-000000000010.parquet",
        "log-000000000011-000000000017.parquet",
    ]
    assert in_database(database) == [*range(18, ROWS + 3)]
    told = [
        json.loads(row.record.body)
        for row in log_table.read(database)
        if row.record.kind == ARCHIVED
    ]
    assert told == [each.told() for each in made]
    count, least = duckdb.sql(
        f"SELECT count(*), min(time_us) FROM '{folder}/*.parquet' WHERE kind = 'said'"
    ).fetchall()[0]
    assert (count, least) == (17, 1)
    assert (folder / made[0].name).stat().st_mode & 0o777 == 0o600
    assert archive(database, folder, before_us=18) == []


def test_the_log_reads_the_same_wherever_its_rows_are(database: Database, folder: Path) -> None:
    fill(database)
    before = list(log_table.read(database))
    archive(database, folder, before_us=18)
    rows = list(LogReader(folder).read(database))
    assert rows[:ROWS] == before
    assert verify(GENESIS, rows).number == ROWS + 2
    assert list(LogReader(folder).read(database, after=12)) == rows[12:]
    with database.reading() as transaction:
        assert LogReader(folder).page(transaction, 5, 16) == rows[5:21]
        assert LogReader(folder).page(transaction, 5, 100) == rows[5:]


def test_the_chain_goes_on_when_all_rows_have_left(database: Database, folder: Path) -> None:
    fill(database)
    archive(database, folder, before_us=NOW_US)
    # The rows that tell of the archives are newer, so there are always some; without them, too:
    with database.writing() as transaction:
        transaction.execute("DELETE FROM log")
        assert log_table.head(transaction).number == ROWS
    journal = Journal(database)
    assert journal.head.number == ROWS
    journal.start()
    journal.add(Record(NOW_US, "said", 7, 0, b"{}"))
    journal.close()
    verified = verify_log(database, folder)
    assert (verified.start, verified.end) == (GENESIS, journal.head)


class CutError(Exception):
    """The power goes."""


class Counting:
    """Lets the power go at the `fatal`-th of what it is asked about."""

    def __init__(self, fatal: int) -> None:
        self.left = fatal
        self.dead = False

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.dead = True
        if self.dead:
            raise CutError


class Mortal:
    """A database that is cut off before or after a commit."""

    def __init__(self, inner: Database, power: Counting) -> None:
        self.name = inner.name
        self.reading = inner.reading
        self.claim = inner.claim
        self.scrub = inner.scrub
        self.reconnect = lambda: None
        self.close = inner.close
        self._inner = inner
        self._power = power

    @contextmanager
    def writing(self, copied: bool = True) -> Iterator[Transaction]:
        try:
            self._power.step()
            with self._inner.writing(copied) as transaction:
                yield transaction
            self._power.step()
        except CutError:
            # The journal does not try again.
            raise ForeignRowsError("cut off") from None


def fragile(power: Counting, call: Callable) -> Callable:
    def wrapped(*arguments: object, **named: object) -> object:
        power.step()
        result = call(*arguments, **named)
        power.step()
        return result

    return wrapped


def test_a_cut_at_any_moment_loses_no_row(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = fill(database)
    cuts = 0
    while True:
        power = Counting(cuts + 1)
        journal = Journal(Mortal(database, power))
        journal.start()
        with monkeypatch.context() as patched:
            for owner, name in (
                (os, "fsync"),
                (Path, "replace"),
                (Path, "chmod"),
                (parquet, "hash_of"),
                (parquet, "check_rows"),
                (parquet, "write"),
            ):
                patched.setattr(owner, name, fragile(power, getattr(owner, name)))
            try:
                Archiver(database, journal, folder).run(ROWS + 1, NOW_US)
            except (CutError, StorageError):
                cuts += 1
            journal.close()
        rows = list(LogReader(folder).read(database))
        assert [row.number for row in rows][:ROWS] == [*range(1, ROWS + 1)], f"cut {cuts}"
        assert Head(ROWS, rows[ROWS - 1].hash) == end
        verify(GENESIS, rows)
        verify_log(database, folder, end)
        if not power.dead:
            break
    # Each cut left its traces to the next run, so not all of the first run's steps come again.
    assert cuts >= 20
    assert [number for number in in_database(database) if number <= ROWS] == []


@pytest.mark.parametrize("spoil", ["bytes", "gone"])
def test_rows_stay_when_their_file_is_not_whole(
    database: Database, folder: Path, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database)
    with monkeypatch.context() as patched:
        patched.setattr(Archiver, "_remove", lambda self, archive: None)
        made = archive(database, folder, before_us=10)
    path = folder / made[0].name
    if spoil == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ArchiveError, match=made[0].name):
        archive(database, folder, before_us=10)
    assert in_database(database)[:ROWS] == [*range(1, ROWS + 1)]


def test_a_file_that_does_not_read_back_is_not_relied_on(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database)
    good = parquet.write

    def loses_a_row(path: Path, rows: Sequence) -> None:
        good(path, rows[:-1])

    monkeypatch.setattr(parquet, "write", loses_a_row)
    with pytest.raises(ArchiveError, match="ends with row 9, not with 10"):
        archive(database, folder, before_us=NOW_US)
    assert in_database(database) == [*range(1, ROWS + 1)]


def test_a_missing_archive_is_named_and_a_kept_head_goes_round_it(
    database: Database, folder: Path
) -> None:
    fill(database)
    made = archive(database, folder, before_us=18)
    whole = verify_log(database, folder)
    (folder / made[0].name).rename(folder / "elsewhere")
    with pytest.raises(ArchiveError, match=f"{made[0].name}: an archive of the log is missing"):
        verify_log(database, folder)
    with pytest.raises(ArchiveError, match=r"0010\.parquet: an archive of the log is missing"):
        list(LogReader(folder).read(database))
    for kept in (made[0].end, made[1].end, whole.end):
        assert verify_log(database, folder, kept) == (
            made[0].end,
            whole.end,
            (made[0].name,),
        )
    with pytest.raises(BrokenChainError, match="row 10 is"):
        verify_log(database, folder, Head(10, bytes(32)))
    with pytest.raises(ArchiveError, match="of row 10 or later"):
        verify_log(database, folder, Head(9, bytes(32)))


def test_a_changed_archive_is_found(database: Database, folder: Path) -> None:
    fill(database)
    made = archive(database, folder, before_us=18)
    path = folder / made[1].name
    rows = parquet.page(path, 0, 100)
    record = rows[3].record
    forged = Record(record.time_us, record.kind, record.device, 0, b'{"value": 0}')
    rows[3] = type(rows[3])(rows[3].number, forged, rows[3].hash)
    parquet.write(path, rows)
    with pytest.raises(ArchiveError, match="its bytes are not those that were written"):
        verify_log(database, folder)
    # Who changes the fact as well is found by the chain.
    with database.writing() as transaction:
        changed = Archive(made[1].before, made[1].end, 0, parquet.hash_of(path))
        transaction.execute(
            "UPDATE facts SET content = ? WHERE name = ?", [changed.encode(), changed.fact]
        )
    with pytest.raises(ArchiveError, match="row 14 is not what was written"):
        verify_log(database, folder)


def test_projections_are_made_anew_from_archives_and_database(
    database: Database, folder: Path
) -> None:
    def apply(transaction: Transaction, events: Sequence[Event]) -> None:
        transaction.execute_all(
            "INSERT INTO seen (number, value) VALUES (?, ?)",
            [(event.number, event.body["value"]) for event in events if event.kind == "said"],
        )

    fill(database)
    columns = "number BIGINT PRIMARY KEY, value BIGINT NOT NULL"
    projection = Projection("seen", 1, {"seen": columns}, apply)
    archive(database, folder, before_us=18)
    vault = Vault(Journal(database), bytes(16), os.urandom)
    keeper = Keeper([projection], vault, LogReader(folder).page)
    keeper.prepare(database)
    with database.reading() as transaction:
        assert transaction.query("SELECT count(*), sum(value) FROM seen") == [
            (ROWS, sum(range(1, ROWS + 1)))
        ]
    next(iter(folder.iterdir())).unlink()
    with pytest.raises(ArchiveError, match="is missing"):
        keeper.rebuild(database)


def test_archiving_goes_on_beside_a_hub_at_work(address: str, folder: Path) -> None:
    database = open_database(address)
    fill(database)
    journal = Journal(database)
    journal.start()
    work = Archiver(database, journal, folder)
    for number in range(100):
        journal.add(Record(NOW_US + number, "said", 7, 0, b'{"value": 0}'))
    made = work.run(NOW_US, NOW_US)
    for number in range(100):
        journal.add(Record(NOW_US + number, "said", 7, 0, b'{"value": 0}'))
    journal.close()
    assert made[-1].end.number == ROWS
    assert verify_log(database, folder).end.number == ROWS + 200 + len(made)
    database.close()
