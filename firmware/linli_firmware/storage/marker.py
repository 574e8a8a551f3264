"""The file that says that an overwriting has begun and not ended; see `overwrite`."""

import os


def is_there(path: str) -> bool:
    """Return whether there is such a file or folder."""
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def is_pending(marker: str) -> bool:
    """Return whether an overwriting that began has not ended."""
    return is_there(marker)


def begin(marker: str) -> None:
    """Have everything overwritten, from the first pass on."""
    with open(marker, "wb") as file:
        file.write(b"0")
