"""The file that says that an overwriting has begun and not ended; see `overwrite`."""

import os


def is_pending(marker: str) -> bool:
    """Return whether an overwriting that began has not ended."""
    try:
        os.stat(marker)
    except OSError:
        return False
    return True


def begin(marker: str) -> None:
    """Have everything overwritten, from the first pass on."""
    with open(marker, "wb") as file:
        file.write(b"0")
