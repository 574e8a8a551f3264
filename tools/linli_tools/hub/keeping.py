"""`linli hub verify`, `archive`, `retire`, `backup`, `restore`: what is kept, for how long."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..progress import job_bar
from .opening import CONFIG, AsJson, Config, failures, reading, writing

if TYPE_CHECKING:
    from linli_hub.archive.copying import Progress
    from linli_hub.log import Head

Kept = Annotated[
    str | None,
    typer.Option(
        "--head",
        metavar="NUMBER:HASH",
        help="A row as verify printed it earlier, which must still be there.",
    ),
]
# What an uplink may have to catch up with is in the database: 96 h and some.
_LEAST_DAYS = 7
_DAY_US = 86_400_000_000


def verify(config: Config = CONFIG, head: Kept = None, as_json: AsJson = False) -> None:
    """Verify the log's chain through archives and database, also while the hub runs."""
    from linli_hub.archive import verify_log

    kept = _parse_head(head) if head else None
    with reading(config) as (configuration, database):
        found = verify_log(database, configuration.archive, kept)
    text = _text(found.end)
    if as_json:
        told = {
            "rows": found.end.number,
            "head": text,
            "verified_after": found.start.number,
            "missing": found.missing,
        }
        typer.echo(json.dumps(told))
        return
    for name in found.missing:
        typer.echo(f"warning: {configuration.archive / name} is missing", err=True)
    where = f" after row {found.start.number}" if found.start.number else ""
    count = found.end.number - found.start.number
    typer.echo(f"{count} rows{where}, each after the one before; head {text}")


def archive(
    older_than: Annotated[
        int,
        typer.Option(min=_LEAST_DAYS, metavar="DAYS", help="Rows that are older leave the log."),
    ] = 30,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Move old rows of the log to Parquet files, while the hub does not run."""
    from linli_hub.archive import Archiver

    now_us = time.time_ns() // 1000
    with writing(config) as site:
        archiver = Archiver(site.database, site.journal, site.configuration.archive)
        made = archiver.run(
            now_us - older_than * _DAY_US, now_us, lambda each: typer.echo(each.name, err=True)
        )
    if as_json:
        typer.echo(json.dumps([each.told() for each in made]))
    else:
        rows = sum(each.end.number - each.before.number for each in made)
        typer.echo(f"{rows} rows in {len(made)} files in {site.configuration.archive}")


def retire(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Erase what is past its term, while the hub does not run; one that runs does so every day."""
    with writing(config) as site:
        count = site.retire(time.time_ns() // 1000)
    typer.echo(json.dumps({"keys": count}) if as_json else f"{count} data keys destroyed")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write.")],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Back up the log, its archives and the facts, also while the hub runs; keys are not in it."""
    from linli_hub.archive import back_up

    with reading(config) as (configuration, database), _progress() as progress:
        now_us = time.time_ns() // 1000
        head = back_up(database, configuration.archive, file, now_us, progress)
    if as_json:
        told = {"file": str(file), "bytes": file.stat().st_size, "head": _text(head)}
        typer.echo(json.dumps(told))
    else:
        typer.echo(f"{file} written, {file.stat().st_size:,} bytes; head {_text(head)}")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What backup wrote.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The site's, with its keys.")],
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="An empty PostgreSQL database instead of hub.db."),
    ] = None,
    head: Kept = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup once it is verified; nothing is overwritten, and all devices join anew."""
    from linli_hub.archive import restore
    from linli_hub.storage import open_database

    kept = _parse_head(head) if head else None
    with failures(), _progress() as progress:
        target = open_database(database) if database else None
        try:
            found = restore(file, folder, time.time_ns() // 1000, kept, target, progress)
        finally:
            if target is not None:
                target.close()
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "head": _text(found)}))
    else:
        typer.echo(
            f"{folder} has the site as it was at head {_text(found)}. Put hub.toml and both keys "
            "beside it; devices join anew. Erase again whoever was erased since then."
        )


def _text(head: "Head") -> str:
    return f"{head.number}:{head.hash.hex()}"


def _parse_head(text: str) -> "Head":
    from linli_hub.log import Head

    number, _, hash_ = text.partition(":")
    try:
        return Head(int(number), bytes.fromhex(hash_))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not NUMBER:HASH, as verify prints it") from None


@contextmanager
def _progress() -> "Iterator[Progress]":
    with job_bar(sys.stderr.isatty()) as report:
        yield lambda done, total: report("rows", done, total)
