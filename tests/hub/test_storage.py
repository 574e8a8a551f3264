"""What both databases do for the hub."""

import sqlite3
from pathlib import Path

import pytest

from linli_hub.log import GENESIS, Record, chain
from linli_hub.storage import (
    Database,
    StorageError,
    facts_table,
    log_table,
    open_database,
    open_to_read,
)
from postgres import PostgresServer

RECORDS = [Record(1000 + number, "message", 7, 0, b"{}" * number) for number in range(5)]


def test_a_log_and_facts_are_read_as_written(database: Database) -> None:
    rows = list(chain(GENESIS, RECORDS))
    with database.writing() as transaction:
        log_table.append(transaction, rows)
        facts_table.change(transaction, {"a": b"\x00\xff", "b": b"", "c": b"old"})
        facts_table.change(transaction, {"b": None, "c": b"new"})
    assert list(log_table.read(database)) == rows
    assert list(log_table.read(database, after=3)) == rows[3:]
    with database.reading() as transaction:
        assert log_table.head(transaction) == (5, rows[-1].hash)
        assert facts_table.load(transaction) == {"a": b"\x00\xff", "c": b"new"}


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as transaction:
        facts_table.change(transaction, {"a": b"1"})
        raise ZeroDivisionError
    with database.reading() as transaction:
        assert facts_table.load(transaction) == {}


def test_a_statement_that_fails_names_the_database(database: Database) -> None:
    with pytest.raises(StorageError) as caught, database.writing() as transaction:
        transaction.execute("SELECT number FROM nowhere")
    assert str(caught.value).startswith(database.name)
    assert "nowhere" in str(caught.value)


def test_readers_change_nothing(database: Database) -> None:
    with pytest.raises(StorageError), database.reading() as transaction:
        facts_table.change(transaction, {"a": b"1"})
    with database.writing() as transaction:
        assert facts_table.load(transaction) == {}


def test_readers_see_one_state(database: Database) -> None:
    with database.reading() as reader:
        assert facts_table.load(reader) == {}
        with database.writing() as transaction:
            facts_table.change(transaction, {"a": b"1"})
        assert facts_table.load(reader) == {}
    with database.reading() as reader:
        assert facts_table.load(reader) == {"a": b"1"}


def test_only_one_hub_writes(database: Database, address: str) -> None:
    with pytest.raises(StorageError, match=r"another hub writes to it"):
        open_database(address)


def test_a_database_opens_again(address: str) -> None:
    first = open_database(address)
    with first.writing() as transaction:
        facts_table.change(transaction, {"a": b"1"})
    first.close()
    second = open_database(address)
    with second.reading() as transaction:
        assert facts_table.load(transaction) == {"a": b"1"}
    second.close()


def test_others_read_while_a_hub_writes(database: Database, address: str) -> None:
    reader = open_to_read(address)
    with database.writing() as transaction:
        facts_table.change(transaction, {"a": b"1"})
    with reader.reading() as transaction:
        assert facts_table.load(transaction) == {"a": b"1"}
    reader.close()


def test_nothing_is_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"hub\.db: no such file"):
        open_to_read(str(tmp_path / "hub.db"))
    assert list(tmp_path.iterdir()) == []


def test_tables_of_another_version_are_not_read(database: Database, address: str) -> None:
    with database.writing() as transaction:
        transaction.execute("UPDATE schema_version SET version = 0")
    with pytest.raises(StorageError, match="version 0, this Linli knows 1"):
        open_to_read(address)


def test_tables_of_a_newer_linli_are_refused(address: str) -> None:
    database = open_database(address)
    with database.writing() as transaction:
        transaction.execute("UPDATE schema_version SET version = 1000")
    database.close()
    with pytest.raises(StorageError, match=r"version 1000.*a newer Linli wrote it"):
        open_database(address)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"water " * 1000)
    with pytest.raises(StorageError, match=r"hub\.db: file is not a database"):
        open_database(str(path))


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"No such file"):
        open_database(str(tmp_path / "missing" / "hub.db"))


def test_sqlite_is_set_to_keep_what_it_commits(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "hub.db"))
    assert (tmp_path / "hub.db").stat().st_mode & 0o777 == 0o600
    with database.writing() as transaction:
        assert transaction.query("PRAGMA journal_mode") == [("wal",)]
        assert transaction.query("PRAGMA synchronous") == [(2,)]
    database.close()
    assert sqlite3.connect(tmp_path / "hub.db").execute("PRAGMA integrity_check").fetchall() == [
        ("ok",)
    ]


def test_a_server_that_is_away_is_named(postgres: PostgresServer) -> None:
    with pytest.raises(StorageError, match=r"PostgreSQL hub at 127\.0\.0\.1: "):
        open_database("postgresql://linli@127.0.0.1:1/hub")


def test_no_password_is_in_a_name(postgres: PostgresServer) -> None:
    address = postgres.database().replace("linli@", "linli:secret@")
    database = open_database(address)
    assert "secret" not in database.name
    database.close()


def test_many_rows_go_in_as_one_by_one(database: Database) -> None:
    with database.writing() as transaction:
        transaction.execute("CREATE TABLE counted (name TEXT PRIMARY KEY, count BIGINT NOT NULL)")
        upsert = (
            "INSERT INTO counted (name, count) VALUES (?, (SELECT COALESCE(MAX(count), 0) + 1 "
            "FROM counted)) ON CONFLICT (name) DO UPDATE SET count = excluded.count"
        )
        for rows in (0, 1, 7, 8, 63, 64, 65, 200):
            transaction.execute("DELETE FROM counted")
            transaction.execute_all(upsert, ([f"{number}"] for number in range(rows)))
            assert transaction.query("SELECT COUNT(*) FROM counted") == [(rows,)]
        transaction.execute_all(
            "INSERT INTO counted (name, count) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET count = counted.count + excluded.count",
            [["twice", number] for number in range(200)],
        )
        twice = transaction.query("SELECT count FROM counted WHERE name = 'twice'")
        assert twice == [(sum(range(200)),)]
