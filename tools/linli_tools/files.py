"""Files that commands read, and write whole or not at all."""

import os
from pathlib import Path

from .failure import Failure


def read(path: Path) -> bytes:
    """Return what is in a file; Failure names it."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error


def write_whole(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file that keeps what it held until all of `content` is on the disk; Failure.

    `mode` is that of a new file and of an old one. A device or pipe is written to as it is.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        target = path.resolve()
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as new:
                new.write(content)
                new.flush()
                os.fsync(new.fileno())
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
