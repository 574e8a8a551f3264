"""A backup: one file with the log, facts, bundles and archives as they were at one moment.

It is a ZIP archive: `manifest.json`, `hub.db` (SQLite, whatever the hub's own database is), and the
archives of the log under `archive/`. Keys and settings are not in it.
"""

import json
import os
import shutil
import tempfile
import zipfile
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..log import Head
from ..storage import Database, archives, log_table, open_database
from ..storage.schema import migrations
from . import parquet
from .copying import Progress, copy

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "hub.db"
ARCHIVES = "archive"
# An archive takes some 150 bytes there: of 100 000 archives there are none.
_LONGEST_MANIFEST = 16 * 1024 * 1024


class BackupError(Exception):
    """A backup cannot be made or restored; the message names the file."""


def back_up(
    database: Database,
    folder: Path,
    target: Path,
    time_us: int,
    progress: Progress = lambda done, total: None,
) -> Head:
    """Write a backup of `database` and the archives in `folder` to `target`; return its head.

    The hub may go on meanwhile. BackupError when `target` is there already, StorageError when
    something cannot be read.
    """
    if target.exists():
        raise BackupError(f"{target}: exists, and nothing is overwritten")
    partial = target.with_name(target.name + ".partial")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as scratch:
            head = _write(database, folder, partial, Path(scratch), time_us, progress)
        parquet.sync(partial)
        # Unlike a rename, a link never replaces what somebody else has put there meanwhile.
        os.link(partial, target)
        parquet.sync(target.parent)
    except OSError as error:
        raise BackupError(f"{target}: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return head


def _write(
    database: Database,
    folder: Path,
    partial: Path,
    scratch: Path,
    time_us: int,
    progress: Progress,
) -> Head:
    path = scratch / DATABASE
    with database.reading() as transaction:
        head = log_table.head(transaction)
        known = archives.known(transaction)
        copied = open_database(str(path))
        try:
            copy(transaction, copied, progress)
        finally:
            copied.close()
    members = {DATABASE: path}
    for archive in known:
        parquet.check(folder / archive.name, archive)
        members[f"{ARCHIVES}/{archive.name}"] = folder / archive.name
    manifest = {
        "format": FORMAT,
        "linli": version("linli"),
        "tables": migrations()[-1][0],
        "time_us": time_us,
        "head": f"{head.number}:{head.hash.hex()}",
        "files": {
            name: {"bytes": each.stat().st_size, "sm3": parquet.hash_of(each).hex()}
            for name, each in members.items()
        },
    }
    # For its owner only, as the database.
    os.close(os.open(partial, os.O_CREAT | os.O_TRUNC, 0o600))
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(MANIFEST, json.dumps(manifest, indent=1))
        for name, each in members.items():
            file.write(each, name)
    return head


def read_manifest(file: zipfile.ZipFile, name: str) -> dict[str, Any]:
    """Return the manifest of a backup; BackupError unless this Linli can restore it."""
    try:
        if file.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
            raise ValueError(f"{MANIFEST} has more than {_LONGEST_MANIFEST} bytes")
        manifest: dict[str, Any] = json.loads(file.read(MANIFEST))
        written = (manifest["format"], manifest["tables"])
        manifest["head"], manifest["files"], manifest["time_us"]
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise BackupError(f"{name}: no backup of a hub: {error}") from error
    if written != (FORMAT, migrations()[-1][0]):
        raise BackupError(
            f"{name}: format {written[0]} with tables of version {written[1]}, written by Linli "
            f"{manifest.get('linli')}; this Linli knows {FORMAT} and {migrations()[-1][0]}"
        )
    return manifest


def extract(file: zipfile.ZipFile, name: str, manifest: dict[str, Any], folder: Path) -> None:
    """Write a backup's files to `folder`; BackupError unless all are what the manifest says.

    Nothing is unpacked of a file that says to be larger than what is free.
    """
    needed, free = _unpacked(file, name, manifest, folder), shutil.disk_usage(folder).free
    if needed > free:
        raise BackupError(f"{name}: {needed} bytes when unpacked, and {free} are free in {folder}")
    for member, told in manifest["files"].items():
        path = folder / member
        path.parent.mkdir(exist_ok=True)
        try:
            with file.open(member) as packed, path.open("wb") as unpacked:
                os.fchmod(unpacked.fileno(), 0o600)
                shutil.copyfileobj(packed, unpacked, 1 << 20)
                unpacked.flush()
                os.fsync(unpacked.fileno())
            intact = parquet.hash_of(path).hex() == told["sm3"]
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise BackupError(f"{name}: {member}: {error}") from error
        if not intact:
            raise BackupError(f"{name}: {member} is not what was backed up")


def _unpacked(file: zipfile.ZipFile, name: str, manifest: dict[str, Any], folder: Path) -> int:
    """Return how many bytes a backup's files have; BackupError unless the manifest says so, too."""
    total = 0
    for member, told in manifest["files"].items():
        parent = (folder / member).resolve().parent
        if parent not in (folder.resolve(), (folder / ARCHIVES).resolve()):
            raise BackupError(f"{name}: {member} is no name of a backup's file")
        try:
            size, expected = file.getinfo(member).file_size, told["bytes"]
        except (KeyError, TypeError) as error:
            raise BackupError(f"{name}: {member}: {error}") from error
        if size != expected:
            raise BackupError(f"{name}: {member} is not what was backed up")
        total += size
    return total
