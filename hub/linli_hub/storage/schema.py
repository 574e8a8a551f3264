"""Tables that are not projections, and how an older database gets them: numbered SQL files."""

from importlib.resources import files

from .database import Database, StorageError, Transaction

_MIGRATIONS = files(__package__) / "migrations"


def migrations() -> list[tuple[int, str]]:
    """Return the migrations as (number, SQL statements), in order."""
    found = []
    for entry in _MIGRATIONS.iterdir():
        number, dot, suffix = entry.name.partition(".")
        if dot and suffix == "sql":
            found.append((int(number.partition("_")[0]), entry.read_text(encoding="utf-8")))
    return sorted(found)


def migrate(database: Database) -> None:
    """Carry out what migrations the database lacks, each as a whole.

    StorageError when it has ones that this Linli does not know.
    """
    known = migrations()
    with database.writing() as transaction:
        transaction.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
        if not transaction.query("SELECT version FROM schema_version"):
            transaction.execute("INSERT INTO schema_version VALUES (0)")
        done = _version(transaction)
    if done > known[-1][0]:
        raise StorageError(_differs(database, done, known[-1][0]) + ": a newer Linli wrote it")
    for number, statements in known:
        if number > done:
            with database.writing() as transaction:
                for statement in filter(None, map(str.strip, statements.split(";"))):
                    transaction.execute(statement)
                transaction.execute("UPDATE schema_version SET version = ?", [number])


def check(database: Database) -> None:
    """StorageError unless the database has all the migrations, and no others."""
    with database.reading() as transaction:
        done = _version(transaction)
    newest = migrations()[-1][0]
    if done != newest:
        raise StorageError(_differs(database, done, newest))


def _version(transaction: Transaction) -> int:
    return int(transaction.query("SELECT version FROM schema_version")[0][0])


def _differs(database: Database, there: int, known: int) -> str:
    return f"{database.name}: its tables have version {there}, this Linli knows {known}"
