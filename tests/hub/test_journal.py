"""The journal commits what it was given, once and in order, whatever the database does."""

import threading
from collections.abc import Callable, Sequence

import pytest

from linli_hub.journal import Journal, Projection
from linli_hub.log import GENESIS, Record, Row, chain, verify
from linli_hub.storage import (
    Database,
    Transaction,
    log_table,
    open_database,
)
from moody_database import Moody
from postgres import PostgresServer

WAIT_S = 20


def record(number: int) -> Record:
    return Record(number, "message", 7, 0, b"%d" % number)


def bodies(database: Database) -> list[bytes]:
    return [row.record.body for row in log_table.read(database)]


def started(
    database: Database,
    projections: Sequence[Projection] = (),
    on_durable: Callable[[], None] = lambda: None,
) -> Journal:
    journal = Journal(database)
    journal.start(projections, on_durable)
    return journal


def test_records_and_facts_are_there_when_durable(database: Database) -> None:
    journal = started(database)
    for number in range(100):
        position = journal.add(record(number))
        journal.put("counter", b"%d" % number)
    journal.put("gone", b"1")
    journal.delete("gone")
    assert position < journal.position
    assert journal.wait(journal.position, WAIT_S)
    assert bodies(database) == [b"%d" % number for number in range(100)]
    assert journal.head == verify(GENESIS, log_table.read(database))
    journal.close()
    again = started(database)
    assert again.get("counter") == b"99"
    assert again.get("gone") is None
    again.close()


def test_a_commit_that_fails_is_done_again_once(database: Database) -> None:
    for fails in (["before"], ["after"], ["before", "after", "before"]):
        moody = Moody(database, fails)
        journal = started(moody)
        before = bodies(database)
        journal.add(record(1))
        assert journal.wait(journal.position, WAIT_S)
        journal.add(record(2))
        assert journal.wait(journal.position, WAIT_S)
        journal.close()
        assert bodies(database) == [*before, b"1", b"2"]
    verify(GENESIS, log_table.read(database))


def test_what_waits_is_one_transaction(database: Database) -> None:
    moody = Moody(database, [])
    sizes: list[int] = []

    class Counting:
        def apply(self, transaction: Transaction, rows: Sequence[Row]) -> None:
            sizes.append(len(rows))

    journal = started(moody, [Counting()])
    moody.gate.clear()
    for number in range(500):
        journal.add(record(number))
    assert journal.durable == 0
    moody.gate.set()
    assert journal.wait(journal.position, WAIT_S)
    journal.close()
    assert sum(sizes) == 500
    assert len(sizes) <= 2


def test_a_projection_that_fails_takes_its_rows_along(database: Database) -> None:
    class Broken:
        calls = 0

        def apply(self, transaction: Transaction, rows: Sequence[Row]) -> None:
            self.calls += 1
            if self.calls == 1:
                transaction.execute("INSERT INTO nowhere VALUES (1)")

    broken = Broken()
    journal = started(database, [broken])
    journal.add(record(1))
    assert journal.wait(journal.position, WAIT_S)
    journal.close()
    assert broken.calls == 2
    assert bodies(database) == [b"1"]


def test_a_mistake_in_the_hub_ends_it_and_is_told(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    class Mistaken:
        def apply(self, transaction: Transaction, rows: Sequence[Row]) -> None:
            raise ZeroDivisionError("a mistake")

    told = threading.Event()
    journal = started(database, [Mistaken()], told.set)
    assert not journal.wait(journal.add(record(1)), WAIT_S)
    assert told.wait(WAIT_S)
    assert journal.failed
    assert journal.trouble is not None and "a mistake" in journal.trouble
    assert "ZeroDivisionError" in caplog.text
    assert bodies(database) == []
    journal.close()


def test_rows_of_somebody_else_end_it(database: Database) -> None:
    told = threading.Event()
    journal = started(database, on_durable=told.set)
    with database.writing() as transaction:
        log_table.append(transaction, list(chain(GENESIS, [record(9)])))
    position = journal.add(record(1))
    assert not journal.wait(position, WAIT_S)
    assert told.wait(WAIT_S)
    assert journal.failed
    assert "ends with row 1, which this hub did not write after row 0" in str(journal.trouble)
    journal.close()
    assert bodies(database) == [b"9"]


def test_a_server_that_crashes_loses_nothing_durable(postgres: PostgresServer) -> None:
    database = open_database(postgres.database())
    journal = started(database)
    for number in range(50):
        journal.add(record(number))
    assert journal.wait(journal.position, WAIT_S)
    postgres.restart()
    for number in range(50, 100):
        journal.add(record(number))
    assert journal.wait(journal.position, WAIT_S)
    journal.close()
    assert bodies(database) == [b"%d" % number for number in range(100)]
    database.close()
