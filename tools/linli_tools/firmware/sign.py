"""`linli firmware sign`: what makes an update one that boards take."""

from pathlib import Path
from typing import Annotated

import typer

from linli_firmware.node.build import FILE, Build
from linli_firmware.update.manifest import MAGIC

from .. import bundle, signing
from ..failure import Failure
from ..files import read, write_whole
from .build import SIGNED, UPDATE


def sign(
    source: Annotated[
        Path, typer.Argument(metavar="UPDATE|DIR", help="An update, or the folder of a build.")
    ],
    key: Annotated[
        Path, typer.Option(metavar="FILE", help="The vendor's private key (linli keys vendor).")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Where to; {SIGNED} beside the update unless said."),
    ] = None,
) -> None:
    """Sign an update with the vendor's key; only boards whose image lists its public half take it.

    Whoever has the key updates every such board: sign where nobody else can log in.
    """
    update = source / UPDATE if source.is_dir() else source
    private = signing.read_key(key)
    public = signing.public_key(private)
    content = read(update)
    try:
        contents = bundle.inspect(content)
    except Failure as error:
        raise Failure(f"{update}: {error}") from None
    signed = bundle.signed(contents, public, lambda message: signing.sign(private, message))
    target = out or update.with_name(SIGNED)
    if target.is_file() and not read(target).startswith(MAGIC):
        raise Failure(f"{target}: exists and is no update; it is not overwritten")
    write_whole(target, signed)
    typer.echo(f"{target} written. Next: linli firmware inspect {target} --public {key}.pub")
    if not _lists(contents, public):
        typer.echo(
            "note: the image does not list this key: boards that run it take no further update "
            "that is signed with it",
            err=True,
        )


def _lists(contents: bundle.Contents, public: bytes) -> bool:
    """Tell whether the image of an update takes the next one from the same vendor."""
    try:
        return public in Build(contents.files[FILE]).vendor_keys
    except (KeyError, ValueError):
        return False
