"""What must not be lost with one computer waits for a standby, and for nothing less."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from linli_hub import journal as journals
from linli_hub.journal import Journal
from linli_hub.log import Record
from linli_hub.storage import Database, NotLeadingError, leads, log_table, open_database, standbys
from postgres import PostgresServer, program

WAIT_S = 20
# Long enough for a commit that waits for nobody.
MOMENT_S = 2
RECEIVER = program("pg_receivewal")
RECORD = Record(1, "test", 0, 0, b"{}")
CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"

pytestmark = pytest.mark.skipif(
    RECEIVER is None, reason="no PostgreSQL server: apt-get install postgresql"
)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture
def journal(server: PostgresServer) -> Iterator[Journal]:
    """Return the journal of a hub whose database waits for a standby, which there is not."""
    address = server.database()
    database = open_database(address)
    journal = Journal(database)
    journal.start()
    journal.wait(journal.add(RECORD), WAIT_S)
    ask(server, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
    until_commits_wait(server)
    yield journal
    with standby(server):
        journal.close()
        ask(server, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
    database.close()


@contextmanager
def standby(server: PostgresServer) -> Iterator[None]:
    """Have something follow the server that says what it has on disk."""
    assert RECEIVER is not None
    folder = server.folder / "received"
    folder.mkdir(exist_ok=True)
    url = server.url("postgres")
    command = [RECEIVER, "--synchronous", "--directory", str(folder), "--dbname", url]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def ask(server: PostgresServer, *statements: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for each in statements:
            connection.execute(each.encode())


def until_commits_wait(server: PostgresServer) -> None:
    """Return when a commit waits for a standby: the server reads its settings in its own time."""
    with (
        ThreadPoolExecutor(1) as others,
        psycopg.connect(server.url("postgres"), autocommit=True) as connection,
    ):
        while True:
            commit = others.submit(ask, server, "SELECT pg_logical_emit_message(true, '', '')")
            while not commit.done():
                if connection.execute(CANCEL).fetchone():
                    return


def rows(database: Database) -> int:
    return len(list(log_table.read(database)))


def test_a_record_is_durable_once_it_is_copied(server: PostgresServer, journal: Journal) -> None:
    position = journal.add(RECORD)
    assert not journal.wait(position, MOMENT_S)
    assert journal.committing_s > 0
    with standby(server):
        assert journal.wait(position, WAIT_S)
    assert journal.committing_s == 0


def test_what_may_be_lost_does_not_wait(
    server: PostgresServer, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "_ALONE_S", 3600.0)
    with journal.together(copied=False):
        reading = journal.add(RECORD)
    assert journal.wait(reading, WAIT_S)
    with journal.together(copied=False):
        journal.put("reading", b"")
        with journal.together():
            audited = journal.add(RECORD)
    assert not journal.wait(audited, MOMENT_S)
    with standby(server):
        assert journal.wait(audited, WAIT_S)


def test_a_hub_that_was_long_alone_takes_nothing(
    server: PostgresServer, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "_ALONE_S", 0.0)
    with journal.together(copied=False):
        reading = journal.add(RECORD)
    assert not journal.wait(reading, MOMENT_S)
    with standby(server):
        assert journal.wait(reading, WAIT_S)


def test_a_server_that_gives_up_waiting_is_not_believed(
    server: PostgresServer, journal: Journal
) -> None:
    database = journal._database
    there = rows(database)
    position = journal.add(RECORD)
    assert not journal.wait(position, MOMENT_S)
    ask(server, CANCEL)
    # Committed here, and nowhere else.
    assert not journal.wait(position, MOMENT_S)
    with standby(server):
        assert journal.wait(position, WAIT_S)
    assert rows(database) == there + 1


def test_a_hub_does_not_begin_before_all_is_copied(
    server: PostgresServer, journal: Journal
) -> None:
    with standby(server):
        address = server.database()
        open_database(address).close()
        assert standbys(address) == 1
    with ThreadPoolExecutor() as executor:
        opening = executor.submit(open_database, address)
        with pytest.raises(TimeoutError):
            opening.result(MOMENT_S)
        assert standbys(address) == 0
        with standby(server):
            opening.result(WAIT_S).close()


# The last one: its server stays a standby.
def test_a_standby_is_not_written_to(server: PostgresServer) -> None:
    address = server.database()
    database = open_database(address)
    journal = Journal(database)
    journal.start()
    assert journal.wait(journal.add(RECORD), WAIT_S)
    assert leads(address)
    (server.folder / "data" / "standby.signal").touch()
    server.restart()
    assert not leads(address)
    position = journal.add(RECORD)
    assert not journal.wait(position, WAIT_S)
    assert journal.failed
    assert "standby" in str(journal.trouble)
    journal.close()
    database.close()
    with pytest.raises(NotLeadingError, match="standby"):
        open_database(address)
