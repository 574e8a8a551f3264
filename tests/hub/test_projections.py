"""Projections follow the log, and come out the same when they are made anew."""

import json
import os
from collections.abc import Sequence
from random import Random

from linli_hub.journal import Journal
from linli_hub.log import Record
from linli_hub.projections import ERASURE, KEY_DEVICES, Event, Keeper, Projection
from linli_hub.storage import Database, Transaction
from linli_hub.vault import Vault

WAIT_S = 20


def totals(version: int = 1, factor: int = 1) -> Projection:
    """Return a projection of how much each device has said."""

    def apply(transaction: Transaction, events: Sequence[Event]) -> None:
        transaction.execute_all(
            "INSERT INTO sums (device, total) VALUES (?, ?) "
            "ON CONFLICT (device) DO UPDATE SET total = sums.total + excluded.total",
            [(event.device, factor * event.body["value"]) for event in events],
        )

    columns = "device BIGINT PRIMARY KEY, total BIGINT NOT NULL"
    return Projection("totals", version, {"sums": columns}, apply)


def sums(database: Database) -> dict[int, int]:
    with database.reading() as transaction:
        return dict(transaction.query("SELECT device, total FROM sums"))


def opened(database: Database, projection: Projection) -> tuple[Journal, Vault, Keeper]:
    journal = Journal(database)
    vault = Vault(journal, bytes(16), os.urandom)
    keeper = Keeper([projection], vault)
    keeper.prepare(database)
    journal.start([keeper])
    return journal, vault, keeper


def say(journal: Journal, device: int, value: int) -> None:
    journal.add(Record(0, "said", device, 0, json.dumps({"value": value}).encode()))


def test_projections_follow(database: Database) -> None:
    journal, _, keeper = opened(database, totals())
    for device, value in ((1, 5), (2, 7), (1, 6)):
        say(journal, device, value)
    assert journal.wait(journal.position, WAIT_S)
    assert sums(database) == {1: 11, 2: 7}
    journal.close()
    keeper.rebuild(database)
    assert sums(database) == {1: 11, 2: 7}


def test_a_new_version_is_made_from_the_log(database: Database) -> None:
    journal, _, _ = opened(database, totals())
    say(journal, 1, 5)
    journal.close()
    journal, _, _ = opened(database, totals(version=2, factor=100))
    assert sums(database) == {1: 500}
    say(journal, 1, 1)
    journal.close()
    assert sums(database) == {1: 600}


def test_an_unchanged_one_is_left_alone(database: Database) -> None:
    journal, _, _ = opened(database, totals())
    say(journal, 1, 5)
    journal.close()
    opened(database, totals(factor=100))[0].close()
    assert sums(database) == {1: 5}


def test_what_is_erased_is_gone_when_made_anew(database: Database) -> None:
    journal, vault, keeper = opened(database, totals())
    say(journal, 1, 5)
    journal.add(vault.sealed(0, "said", 2, "household 2", b'{"value": 7}'))
    assert journal.wait(journal.position, WAIT_S)
    assert sums(database) == {1: 5, 2: 7}
    vault.erase("household 2")
    journal.close()
    keeper.rebuild(database)
    assert sums(database) == {1: 5}


def heard(table: str, by_device: bool) -> Projection:
    """Return a projection of who said what under which key."""

    def apply(transaction: Transaction, events: Sequence[Event]) -> None:
        transaction.execute_all(
            f"INSERT INTO {table} (device, number, data_key) VALUES (?, ?, ?)",
            [(event.device, event.number, event.key) for event in events if event.kind == "said"],
        )

    columns = (
        "device BIGINT NOT NULL, number BIGINT NOT NULL, data_key BIGINT NOT NULL, "
        "PRIMARY KEY (device, number)"
    )
    tables = (table,)
    return Projection(
        table, 1, {table: columns}, apply, sealed=tables, by_device=tables if by_device else ()
    )


INDEXED, BY_DEVICE = heard("indexed", by_device=False), heard("together", by_device=True)


def rows_of(database: Database, table: str) -> list[tuple[int, ...]]:
    with database.reading() as transaction:
        return transaction.query(f"SELECT device, number, data_key FROM {table} ORDER BY number")


def erase(journal: Journal, vault: Vault, subject: str) -> set[int]:
    """Destroy the keys of `subject`, say so, and return them."""
    with journal.together():
        keys = vault.erase(subject)
        journal.add(Record(0, ERASURE, 0, 0, json.dumps({"keys": keys}).encode()))
    return set(keys)


def test_rows_are_found_by_their_key_with_an_index_or_by_their_device(database: Database) -> None:
    journal = Journal(database)
    vault = Vault(journal, bytes(16), os.urandom)
    keeper = Keeper([INDEXED, BY_DEVICE], vault)
    keeper.prepare(database)
    journal.start([keeper])
    random = Random(1)
    gone: set[int] = set()
    for _ in range(200):
        subject = f"household {random.randrange(4)}"
        if random.random() < 0.05:
            gone |= erase(journal, vault, subject)
        device = random.randrange(3)
        journal.add(vault.sealed(0, "said", device, subject, b"{}"))
        say(journal, device, 0)
        assert random.random() < 0.5 or journal.wait(journal.position, WAIT_S)
    assert journal.wait(journal.position, WAIT_S)
    left = rows_of(database, "together")
    assert left == rows_of(database, "indexed")
    keys = {key for _, _, key in left}
    assert gone
    assert len(keys) == 1 + 4
    assert not keys & gone
    with database.reading() as transaction:
        known = transaction.query(f"SELECT DISTINCT data_key FROM {KEY_DEVICES}")
    assert {key for (key,) in known} == keys - {0}
    journal.close()


def test_a_table_without_an_index_that_is_made_later_forgets_too(database: Database) -> None:
    journal = Journal(database)
    vault = Vault(journal, bytes(16), os.urandom)
    journal.start()
    journal.add(vault.sealed(0, "said", 1, "household 1", b"{}"))
    journal.add(vault.sealed(0, "said", 1, "household 2", b"{}"))
    journal.close()
    journal, vault, _ = opened(database, BY_DEVICE)
    assert len(rows_of(database, "together")) == 2
    gone = erase(journal, vault, "household 1")
    assert journal.wait(journal.position, WAIT_S)
    (left,) = rows_of(database, "together")
    assert left[2] not in gone
    journal.close()
