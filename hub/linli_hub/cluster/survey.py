"""What the database of each node has."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from .. import term
from ..configuration import Configuration
from ..log import Head
from ..storage import Database, StorageError, Transaction, log_table
from ..storage.postgres import PostgresDatabase, at_host


class Role(StrEnum):
    """What a database does."""

    LEADS = "leads"
    FOLLOWS = "follows"
    AWAY = "cannot be asked"


@dataclass(frozen=True, slots=True)
class State:
    """One node's database: the end of its log, when that row was written, and the last term.

    `standbys` have what it acknowledges; `trouble` says why it cannot be asked.
    """

    node: str
    role: Role
    head: Head | None = None
    time_us: int | None = None
    term: int | None = None
    standbys: int = 0
    trouble: str | None = None


def survey(configuration: Configuration) -> list[State]:
    """Return the state of each node of a cluster, in order; takes a few seconds at most."""
    cluster = configuration.cluster
    assert cluster is not None

    def of(node: str) -> State:
        address = at_host(configuration.database, str(cluster.nodes[node]))
        database = PostgresDatabase(address)
        try:
            with database.reading() as transaction:
                return _state(node, transaction)
        except StorageError as error:
            return State(node, Role.AWAY, trouble=str(error))
        finally:
            database.close()

    with ThreadPoolExecutor(len(cluster.nodes)) as executor:
        return list(executor.map(of, cluster.nodes))


def lacks(database: Database, other: State) -> bool:
    """Tell whether the log in `database` does not have the end of another one."""
    assert other.head is not None
    with database.reading() as transaction:
        rows = log_table.page(transaction, other.head.number - 1, 1)
    return not rows or rows[0].hash != other.head.hash


def _state(node: str, transaction: Transaction) -> State:
    ((follows,),) = transaction.query("SELECT pg_is_in_recovery()")
    ((standbys,),) = transaction.query(
        "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('quorum', 'sync')"
    )
    ((is_site,),) = transaction.query("SELECT to_regclass('log') IS NOT NULL")
    role = Role.FOLLOWS if follows else Role.LEADS
    if not is_site:
        return State(node, role, standbys=standbys)
    head = log_table.head(transaction)
    rows = transaction.query("SELECT time_us FROM log WHERE number = ?", [head.number])
    fact = transaction.query("SELECT content FROM facts WHERE name = ?", [term.FACT])
    last = term.decoded(bytes(fact[0][0])) if fact else None
    return State(node, role, head, rows[0][0] if rows else None, last, standbys)
