"""A database says when its computer is why it fails; the trigger stands for a disk."""

from collections.abc import Iterator

import psycopg
import pytest

from linli_hub.journal import Journal
from linli_hub.log import Record
from linli_hub.storage import open_database
from postgres import INITDB, PostgresServer

WAIT_S = 20
MOMENT_S = 0.5
RECORD = Record(1, "test", 0, 0, b"{}")

pytestmark = pytest.mark.skipif(
    INITDB is None, reason="no PostgreSQL server: apt-get install postgresql"
)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


def failing(state: str) -> str:
    return (
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE 'no room' USING ERRCODE = '{state}'; END $$; "
        "CREATE TRIGGER fails BEFORE INSERT ON log EXECUTE FUNCTION fail()"
    )


@pytest.mark.parametrize(
    ("state", "unfit"),
    [("53100", True), ("58030", True), ("XX001", True), ("53300", False), ("23505", False)],
)
def test_a_disk_that_is_full_or_broken_is_told_from_other_troubles(
    server: PostgresServer, state: str, unfit: bool
) -> None:
    address = server.database()
    database = open_database(address)
    journal = Journal(database)
    journal.start()
    assert not journal.unfit
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(failing(state).encode())
        position = journal.add(RECORD)
        assert not journal.wait(position, MOMENT_S)
        assert journal.trouble is not None
        assert "no room" in journal.trouble
        assert journal.unfit == unfit
        connection.execute("DROP TRIGGER fails ON log")
    assert journal.wait(position, WAIT_S)
    assert (journal.unfit, journal.trouble) == (False, None)
    journal.close()
    database.close()
