"""An erased household leaves nothing behind but the trail of who erased it."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from linli_hub.journal import Journal
from linli_hub.log import GENESIS, Record, Row, verify
from linli_hub.privacy import (
    CONSENT,
    CONSENTS,
    HOLDER,
    HOMES,
    MESSAGE,
    PLACED,
    Consents,
    Homes,
    Keeping,
    Purpose,
    consent,
    erase,
)
from linli_hub.projections import Event, Keeper, Projection
from linli_hub.storage import Database, StorageError, Transaction, log_table, open_database
from linli_hub.vault import Vault
from linli_protocol import codes, messages
from linli_protocol.types import Fields
from postgres import PostgresServer

WAIT_S = 20
ERASED, SPARED = 12, 13
METER, OTHER_METER, BUTTON, FRONT_DOOR, NEW_METER = 1, 2, 3, 4, 5
# No other number in the database has these digits.
VOLUME_L = 271_828_182
PRESSES = 173
HOLDER_NUMBER = 314_159_265
TIME = 1_765_432_109


def _heard(transaction: Transaction, events: Sequence[Event]) -> None:
    transaction.execute_all(
        "INSERT INTO heard (number, data_key, body) VALUES (?, ?, ?)",
        [
            (event.number, event.key, json.dumps(event.body))
            for event in events
            if event.kind == MESSAGE
        ],
    )


HEARD = Projection(
    "heard",
    1,
    {"heard": "number BIGINT PRIMARY KEY, data_key BIGINT NOT NULL, body TEXT NOT NULL"},
    _heard,
    sealed=("heard",),
)


class Site:
    """A hub's memory with two households, and a front door that they share."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.journal = Journal(database)
        self.vault = Vault(self.journal, bytes(16), os.urandom)
        self.keeper = Keeper([CONSENTS, HOMES, HEARD], self.vault)
        self.keeper.prepare(database)
        with database.reading() as transaction:
            self.homes = Homes.load(transaction)
            self.consents = Consents.load(transaction)
        self._keep = Keeping(self.vault, self.homes, self.consents, lambda device: None)
        self.journal.start([self.keeper])

    def note(self, kind: str, body: dict[str, object], subject: str | None = None) -> None:
        data = json.dumps(body).encode()
        if subject is None:
            self.journal.add(Record(0, kind, 0, 0, data))
        else:
            self.journal.add(self.vault.sealed(0, kind, 0, subject, data))
        self.homes.take(kind, body)
        self.consents.take(kind, body)

    def hear(self, device: int, kind: int, fields: Fields) -> None:
        for record in self._keep(device, kind, fields, 0):
            self.journal.add(record)

    def erase(self, household: int = ERASED) -> None:
        position = erase(
            household,
            "wang",
            "asked for at the desk",
            0,
            self.journal,
            self.vault,
            self.homes,
            self.consents,
        )
        assert self.journal.wait(position, WAIT_S)
        self.database.scrub(["facts", "heard", "holders", "consents"])

    def live(self) -> None:
        """Let things happen, in both households and at the front door."""
        self.hear(NEW_METER, messages.READING, reading(VOLUME_L - 1))
        for device, household in (
            (METER, ERASED),
            (OTHER_METER, SPARED),
            (BUTTON, ERASED),
            (FRONT_DOOR, None),
            (NEW_METER, ERASED),
        ):
            body = {"device": device, "household": household, "place": "hemu/3/5/501"}
            self.note(PLACED, body)
        for holder, household in ((HOLDER_NUMBER, ERASED), (7, SPARED)):
            body = {"holder": holder, "household": household}
            self.note(HOLDER, body, f"household {household}")
            for purpose in Purpose:
                self.note(CONSENT, consent(household, purpose, True, "li", "signed form"))
        self.hear(METER, messages.READING, reading(VOLUME_L))
        self.hear(OTHER_METER, messages.READING, reading(1000))
        alarm = {"incident": 1, "time": TIME, "cause": codes.FALL, "presses": PRESSES}
        self.hear(BUTTON, messages.ALARM, alarm)
        for sequence, holder in enumerate((HOLDER_NUMBER, 7)):
            self.hear(FRONT_DOOR, messages.EVENT, granted(sequence, holder))
        both = granted(2, 7) | {"detail": HOLDER_NUMBER}
        self.hear(FRONT_DOOR, messages.EVENT, both)
        assert self.journal.wait(self.journal.position, WAIT_S)

    def table(self, query: str) -> list[tuple[object, ...]]:
        with self.database.reading() as transaction:
            return transaction.query(query)

    def heard(self) -> list[dict[str, object]]:
        return [
            json.loads(str(body))
            for (body,) in self.table("SELECT body FROM heard ORDER BY number")
        ]


def reading(volume_l: int) -> Fields:
    return {"time": TIME, "volume_l": volume_l, "flags": 0}


def granted(sequence: int, holder: int) -> Fields:
    return {"sequence": sequence, "time": TIME, "code": codes.GRANTED, "subject": holder}


@pytest.fixture
def site(database: Database) -> Site:
    site = Site(database)
    site.live()
    return site


def of_the_other(site: Site) -> None:
    """Check that what is left is the spared household's, all of it."""
    assert site.heard() == [
        {"message": "reading", **reading(1000)},
        {"message": "event", **granted(1, 7)},
        {"message": "event", **granted(2, 7)},
    ]
    assert site.table("SELECT holder FROM holders") == [(7,)]
    assert site.table("SELECT DISTINCT household FROM consents") == [(SPARED,)]


def test_an_erased_household_is_gone_from_the_tables_and_no_other(site: Site) -> None:
    assert len(site.heard()) == 8
    site.erase()
    of_the_other(site)
    site.journal.close()


def test_tables_made_anew_after_an_erasure_are_the_same(site: Site) -> None:
    site.erase()
    site.journal.close()
    site.keeper.rebuild(site.database)
    of_the_other(site)
    started_anew = Site(site.database)
    of_the_other(started_anew)
    assert started_anew.homes.holders(ERASED) == []
    assert not started_anew.consents.given(ERASED, Purpose.DOOR_HISTORY)
    assert started_anew.consents.given(SPARED, Purpose.DOOR_HISTORY)
    started_anew.journal.close()


def test_the_trail_of_an_erasure_stays_and_so_does_the_chain(site: Site) -> None:
    before = list(log_table.read(site.database))
    site.erase()
    site.journal.close()
    rows = list(log_table.read(site.database))
    assert rows[: len(before)] == before
    verify(GENESIS, rows)
    assert rows[-1].record.kind == "erasure"
    told = json.loads(rows[-1].record.body)
    assert told["household"] == ERASED
    assert (told["by"], told["reason"]) == ("wang", "asked for at the desk")
    sealed = {row.record.key for row in rows if site.vault.body(row.record) is None}
    assert sealed == set(told["keys"])
    assert len(sealed) == 5, "household's for two terms and for none, health, a meter not placed"


def test_no_waiting_record_outlives_an_erasure(database: Database) -> None:
    site = Site(database)
    with site.journal.together():
        site.note(PLACED, {"device": METER, "household": ERASED, "place": "hemu/3/5/501"})
        site.hear(METER, messages.READING, reading(VOLUME_L))
        erase(ERASED, "wang", "moved", 0, site.journal, site.vault, site.homes, site.consents)
        site.hear(METER, messages.READING, reading(5))
    assert site.journal.wait(site.journal.position, WAIT_S)
    assert site.heard() == [{"message": "reading", **reading(5)}]
    site.journal.close()


def test_keys_go_in_the_transaction_that_tells_of_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[tuple[list[str], int]] = []
    write = Journal._write

    def noting(
        journal: Journal, transaction: Any, rows: list[Row], changes: Any, works: Any
    ) -> None:
        commits.append(([row.record.kind for row in rows], len(changes)))
        write(journal, transaction, rows, changes, works)

    def slowly(subject: str) -> list[int]:
        numbers = Vault.erase(site.vault, subject)
        time.sleep(0.01)
        return numbers

    monkeypatch.setattr(Journal, "_write", noting)
    monkeypatch.setattr(site.vault, "erase", slowly)
    site.erase()
    assert commits == [(["erasure"], 8)], "five keys, and the rings of three subjects"
    site.journal.close()


def test_placements_stay_and_new_data_have_new_keys(site: Site) -> None:
    site.erase()
    assert site.homes.of_device(METER) == ERASED
    site.hear(METER, messages.READING, reading(5))
    site.journal.close()
    assert site.heard()[-1] == {"message": "reading", **reading(5)}


SECRETS = [
    *(str(number).encode() for number in (VOLUME_L, VOLUME_L - 1, HOLDER_NUMBER)),
    HOLDER_NUMBER.to_bytes(4, "big"),
    f'"presses": {PRESSES}'.encode(),
    f'"presses":{PRESSES}'.encode(),
]


def found_in(data: bytes) -> list[bytes]:
    return [secret for secret in SECRETS if secret in data]


def test_no_byte_of_the_erased_is_left_in_sqlite_files(tmp_path: Path) -> None:
    def files() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))

    site = Site(open_database(str(tmp_path / "hub.db")))
    site.live()
    keys = [content for (content,) in site.table("SELECT content FROM facts") if content]
    before = files()
    assert found_in(before) == [secret for secret in SECRETS if secret != SECRETS[-1]]
    site.erase()
    assert found_in(files()) == []
    kept = [content for (content,) in site.table("SELECT content FROM facts")]
    destroyed = [bytes(key) for key in keys if len(key) == 44 and key not in kept]  # type: ignore
    assert len(destroyed) == 5
    assert not any(key in files() for key in destroyed)
    site.journal.close()
    site.keeper.rebuild(site.database)
    assert found_in(files()) == []
    site.database.close()
    assert found_in(files()) == []


def test_no_byte_of_the_erased_is_left_in_postgresql_tables(postgres: PostgresServer) -> None:
    address = postgres.database()

    def files() -> bytes:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            query = "SELECT pg_read_binary_file(pg_relation_filepath(relname::regclass)) "
            query += "FROM pg_class WHERE relkind IN ('r', 't') AND relnamespace = "
            query += "'public'::regnamespace"
            return b"".join(bytes(data) for (data,) in connection.execute(query.encode()))

    site = Site(open_database(address))
    site.live()
    assert SECRETS[0] in found_in(files())
    site.erase()
    assert found_in(files()) == []
    site.journal.close()
    site.database.close()


def test_a_reader_that_holds_on_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linli_hub.storage.sqlite._BUSY_S", 0.05)
    database = open_database(str(tmp_path / "hub.db"))
    with database.writing() as transaction:
        transaction.execute("INSERT INTO facts VALUES ('a', 'b')")
    with database.reading() as transaction:
        transaction.query("SELECT name FROM facts")
        with database.writing() as writer:
            writer.execute("DELETE FROM facts")
        with pytest.raises(StorageError, match="goes on reading what was deleted"):
            database.scrub(["facts"])
    database.scrub(["facts"])
    database.close()
