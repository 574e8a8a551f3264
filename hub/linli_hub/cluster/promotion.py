"""Going on alone: what two persons have decided when the cluster could not decide by itself.

The standby that goes on may lack what others have acknowledged. So it goes on as from a backup: all
devices join anew, numbers are passed over, the term is beyond all that the others may have come to.
The decision is a file until the hub has carried it out, before it serves; the log gets a row
"promoted": `node`, `by` (both names), `row` and `hash` (where the log ended), `away` (the nodes
that could not be asked).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ..archive.sessions import renewed
from ..log import Record, chain
from ..people import Accounts, Permission
from ..registry import Registry
from ..storage import Database, facts_table, log_table

PROMOTED = "promoted"
_FILE = "promotion.json"


class PromotionError(Exception):
    """A promotion cannot be decided or carried out; the message says why."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """That `node` goes on, as two persons have decided; `away` could not be asked."""

    node: str
    by: tuple[str, str]
    away: tuple[str, ...]

    def ask(self, folder: Path) -> Path:
        """Have the hub with its configuration in `folder` carry it out; return the file."""
        path = folder / _FILE
        path.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")
        return path

    def carry_out(self, database: Database, time_us: int) -> None:
        """Make what `database` has something that may be served."""
        with database.writing() as transaction:
            head = log_table.head(transaction)
            body = {**asdict(self), "row": head.number, "hash": head.hash.hex()}
            record = Record(time_us, PROMOTED, 0, 0, json.dumps(body).encode())
            log_table.append(transaction, list(chain(head, [record])))
            facts = facts_table.load(transaction)
            enrolments = Registry.load(transaction).all()
            facts_table.change(transaction, renewed(facts, enrolments))


def asked(folder: Path) -> tuple[Path, Promotion] | None:
    """Return the promotion that a hub is to carry out, and its file; PromotionError: damaged."""
    path = folder / _FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return path, Promotion(told["node"], tuple(told["by"]), tuple(told["away"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise PromotionError(f"{path}: no promotion: {error!r}") from error


def check(database: Database, first: tuple[str, str], second: tuple[str, str]) -> tuple[str, str]:
    """Return the names of two persons with their passwords, one to propose and one to approve.

    PromotionError when they are not two, or one is not who she says or may not.
    """
    if first[0] == second[0]:
        raise PromotionError("one person is not two")
    with database.reading() as transaction:
        accounts = Accounts.load(transaction)
    for (name, password), permission in ((first, Permission.PROPOSE), (second, Permission.APPROVE)):
        person = accounts.with_password(name, password)
        if person is None:
            raise PromotionError(f"{name}: no such name and password")
        if not person.role.may(permission):
            raise PromotionError(f"{name}: a {person.role} may not {permission}")
    return first[0], second[0]
