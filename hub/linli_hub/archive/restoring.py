"""Restoring: a backup is verified as a whole, and only then anything of it is put in place.

The restored log gets a row "restored": `row` and `hash` are the backup's head, `backup_us` when it
was made. Devices join anew, see `sessions`. Data keys that are past their terms by now are
destroyed in the same transaction, and a row "retirement" says so.
"""

import json
import tempfile
import zipfile
from pathlib import Path

from .. import key_terms
from ..log import BrokenChainError, Head, Record, chain
from ..privacy.retirement import SWEPT, record_of
from ..registry import ENROLLED, RETIRED, Enrolment, Registry
from ..storage import (
    Database,
    StorageError,
    facts_table,
    log_table,
    open_database,
)
from . import parquet
from .backup import ARCHIVES, DATABASE, BackupError, extract, read_manifest
from .copying import Progress, copy
from .reader import LogReader
from .sessions import renewed
from .verification import verify_log

RESTORED = "restored"


def restore(
    source: Path,
    folder: Path,
    time_us: int,
    kept: Head | None = None,
    target: Database | None = None,
    progress: Progress = lambda done, total: None,
) -> Head:
    """Restore the backup in the file `source` into `folder`; return the backup's head.

    The log and the facts go to `target`, an empty database, or without one to `hub.db` in
    `folder`; archives to `archive` there. `kept` is a row noted earlier that must be in the log.
    BackupError, and nothing is changed, when the backup is not whole or something is there already.
    """
    places = [folder / ARCHIVES] + ([folder / DATABASE] if target is None else [])
    for place in places:
        if place.exists():
            raise BackupError(f"{place}: exists, and nothing is overwritten")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".restore-") as name:
            scratch = Path(name)
            head = _prepare(source, scratch, time_us, kept)
            if target is not None:
                _load(scratch / DATABASE, target, progress)
            # The database comes last: without it there is no site.
            for place in places:
                if (scratch / place.name).exists():
                    (scratch / place.name).rename(place)
            parquet.sync(folder)
    except OSError as error:
        raise BackupError(f"{error.filename or folder}: {error.strerror}") from error
    return head


def _prepare(source: Path, scratch: Path, time_us: int, kept: Head | None) -> Head:
    """Unpack and verify a backup in `scratch`, and make a hub's data of it that may be served."""
    try:
        with zipfile.ZipFile(source) as file:
            manifest = read_manifest(file, str(source))
            extract(file, str(source), manifest, scratch)
    except zipfile.BadZipFile as error:
        raise BackupError(f"{source}: {error}") from error
    database = open_database(str(scratch / DATABASE))
    try:
        verified = verify_log(database, scratch / ARCHIVES, kept)
        head = verified.end
        if f"{head.number}:{head.hash.hex()}" != manifest["head"]:
            raise BackupError(f"{source}: its log does not end as its manifest says")
        body = {
            "row": head.number,
            "hash": head.hash.hex(),
            "backup_us": manifest["time_us"],
        }
        records = [Record(time_us, RESTORED, 0, 0, json.dumps(body).encode())]
        enrolments = _enrolments(database, scratch / ARCHIVES)
        with database.writing() as transaction:
            facts = facts_table.load(transaction)
            overdue = key_terms.overdue(facts, time_us)
            if overdue:
                records.append(record_of(overdue, time_us))
            log_table.append(transaction, list(chain(head, records)))
            changes = renewed(facts, enrolments) | key_terms.retired(facts, overdue)
            changes[SWEPT] = time_us.to_bytes(8, "big")
            facts_table.change(transaction, changes)
        database.scrub(["facts"])
    except (BrokenChainError, StorageError) as error:
        raise BackupError(f"{source}: {error}") from error
    finally:
        database.close()
        (scratch / f"{DATABASE}.lock").unlink(missing_ok=True)
    return head


def _enrolments(database: Database, folder: Path) -> list[Enrolment]:
    """Return the devices enrolled, which are in no table of a backup."""
    registry = Registry()
    for row in LogReader(folder).read(database):
        if row.record.kind in (ENROLLED, RETIRED):
            registry.take(row.record.kind, json.loads(row.record.body))
    return registry.all()


def _load(path: Path, target: Database, progress: Progress) -> None:
    unpacked = open_database(str(path))
    try:
        with unpacked.reading() as transaction:
            copy(transaction, target, progress)
    finally:
        unpacked.close()
