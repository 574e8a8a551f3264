"""The configuration that has worked is kept beside the one in use."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..storage.types import Files

FILE = "config.good.json"


def keeper(files: "Files", text: bytes) -> "Callable[[], None]":
    """Return what keeps `text` as the good one; it writes when that is another than before."""

    def keep() -> None:
        if files.read(FILE, 0, len(text) + 1) != text:
            files.replace(FILE, [text])

    return keep
