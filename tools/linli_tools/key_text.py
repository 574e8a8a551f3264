"""Keys as people hold them: 32 hexadecimal digits in a file, on standard input, or typed."""

import os
import string
import sys
from pathlib import Path

import typer

from .failure import Failure

KEY_LENGTH = 16
_ON_COMMAND_LINE = (
    "warning: a key on the command line is seen by others on this machine and kept in the shell's "
    "history; use it for test keys only"
)


def parse_key(text: str, origin: str) -> bytes:
    """Return the key; Failure names `origin` when `text` is not 32 hexadecimal digits."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        raise Failure(f"{origin}: a key is written in hexadecimal digits") from None
    if len(key) != KEY_LENGTH:
        raise Failure(
            f"{origin}: a key has {2 * KEY_LENGTH} hexadecimal digits, this one {2 * len(key)}"
        )
    return key


def read_key(source: str, option: str) -> bytes:
    """Return the key in the file `source`, on standard input ("-"), or spelt out in `source`."""
    if source == "-":
        return parse_key(sys.stdin.read(), f"{option} (standard input)")
    if Path(source).is_file():
        try:
            return parse_key(Path(source).read_text(encoding="ascii"), f"{option} {source}")
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(f"{option} {source}: {error}") from error
    if len(source) != 2 * KEY_LENGTH:
        what = "this" if looks_like_key(source) else repr(source)
        raise Failure(f"{option}: {what} is neither a file nor a key of 32 hexadecimal digits")
    key = parse_key(source, option)
    typer.echo(_ON_COMMAND_LINE, err=True)
    return key


def private_text(path: Path) -> str:
    """Return what is in a key file; Failure when it is no text, or others can read it."""
    try:
        text = path.read_text(encoding="ascii")
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise Failure(f"{path}: others can read this key; run: chmod 600 {path}")
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Failure(f"{path}: a key is written in hexadecimal digits") from None
    return text


def looks_like_key(text: str) -> bool:
    """Tell whether `text` may be a key, or most of one, that is not to be shown."""
    return len(text) >= KEY_LENGTH and set(text) <= set(string.hexdigits)


def parse_address(text: str) -> int:
    """Return a device address from decimal, 0x… or eight hexadecimal digits; BadParameter else."""
    try:
        address = int(text, 16) if len(text) == 8 else int(text, 0)
    except ValueError:
        address = -1
    if not 0 <= address <= 0xFFFFFFFF:
        raise typer.BadParameter(f"{text!r} is no address: 0x1f, 31 or eight digits, 0000001f")
    return address
