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
        done = _version(transaction)
    if done > known[-1][0]:
        raise StorageError(
            f"{database.name}: its tables have version {done}, this Linli knows {known[-1][0]}: "
            "a newer Linli wrote it"
        )
    for number, statements in known:
        if number > done:
            with database.writing() as transaction:
                for statement in filter(None, map(str.strip, statements.split(";"))):
                    transaction.execute(statement)
                transaction.execute("UPDATE schema_version SET version = ?", [number])


def _version(transaction: Transaction) -> int:
    transaction.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
    rows = transaction.query("SELECT version FROM schema_version")
    if not rows:
        transaction.execute("INSERT INTO schema_version VALUES (0)")
    return int(rows[0][0]) if rows else 0
