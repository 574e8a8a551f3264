"""`linli keys`: make the community's key and the vendor's, derive device keys, open consoles."""

import json
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from linli_protocol.crypto import cmac
from linli_protocol.keys import console_key, root_key

from . import signing
from .failure import Failure
from .key_options import CommunityKey, Generation, GenerationBesideKey
from .key_text import KEY_LENGTH, parse_address, read_key

CHALLENGE_LENGTH = 16

app = typer.Typer(
    help="Make the community's key and the vendor's, derive device keys, open a board's console.",
    no_args_is_help=True,
)


@app.command("new")
def new(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to write; must not exist.")
    ],
) -> None:
    """Write a new random community key to FILE, readable by you only.

    Whoever has it can open and forge every message of the community: keep it off devices, and keep
    a copy in a safe.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failure(f"{path}: exists, and keys are never overwritten") from None
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(KEY_LENGTH) + "\n")
    typer.echo(f"{path} written. Next: linli keys derive --community-key {path} --device 1")


@app.command("vendor")
def vendor(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to write; must not exist.")
    ],
) -> None:
    """Write a new private key to FILE, readable by you only, and its public half to FILE.pub.

    Whoever has the private one can update every board whose image lists the public one: keep it on
    the machine that signs.
    """
    public = path.with_name(path.name + ".pub")
    if public.exists():
        raise Failure(f"{public}: exists, and keys are never overwritten")
    key = signing.new_key()
    signing.write_key(path, key)
    signing.write_public_key(public, signing.public_key(key))
    typer.echo(
        f"{path} and {public} written. "
        f"Next: linli firmware build --app door --board esp32 --vendor-key {public}"
    )


@app.command("derive")
def derive(
    community_key: CommunityKey,
    device: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="A device; may be repeated.")
    ] = None,
    device_file: Annotated[
        Path | None, typer.Option(help="A file with one device address a line.")
    ] = None,
    generation: Generation = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the root key of each device, as its flash gets it (docs/PROTOCOL.md, Sessions)."""
    texts = list(device or [])
    if device_file is not None:
        try:
            texts += device_file.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(f"{device_file}: {error}") from error
    if not texts:
        raise typer.BadParameter("give --device or --device-file")
    addresses = [parse_address(text) for text in texts]
    community = read_key(community_key, "--community-key")
    derived = {
        f"{address:08x}": root_key(community, address, generation).hex() for address in addresses
    }
    if as_json:
        typer.echo(json.dumps(derived, indent=1))
        return
    for address_text, key in derived.items():
        typer.echo(f"{address_text} {key}")


@app.command("console")
def console(
    challenge: Annotated[
        str, typer.Argument(metavar="CHALLENGE", help="What the board has printed: 32 digits.")
    ],
    community_key: Annotated[
        str | None, typer.Option(metavar="FILE|HEX|-", help="The community key; with --device.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Beside --community-key: the device.")
    ] = None,
    generation: GenerationBesideKey = 0,
    device_key: Annotated[
        str | None, typer.Option(metavar="FILE|HEX|-", help="The device's root key, instead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the answer that opens the console of a production board until its next restart.

    The board prints a challenge while its service jumper is closed; each is good for one answer.
    """
    asked = _parse_challenge(challenge)
    if community_key is not None and device is not None and device_key is None:
        address = parse_address(device)
        root = root_key(read_key(community_key, "--community-key"), address, generation)
    elif device_key is not None and community_key is None and device is None:
        root = read_key(device_key, "--device-key")
    else:
        raise typer.BadParameter("give --community-key and --device, or --device-key")
    answer = cmac(console_key(root), asked).hex()
    typer.echo(json.dumps({"answer": answer}) if as_json else answer)


def _parse_challenge(text: str) -> bytes:
    try:
        challenge = bytes.fromhex(text)
    except ValueError:
        challenge = b""
    if len(challenge) != CHALLENGE_LENGTH:
        raise typer.BadParameter(f"{text!r} is no challenge: it has 32 hexadecimal digits")
    return challenge
