"""Projections follow the log, and come out the same when they are made anew."""

import json
import os
from collections.abc import Sequence

from linli_hub.journal import Journal
from linli_hub.log import Record
from linli_hub.projections import Event, Keeper, Projection
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
