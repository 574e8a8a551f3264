"""How large an image is, and what it is that makes it so."""

from typing import Any

from rich.console import Console
from rich.table import Table

from linli_hil.flash_image import BLOCK_SIZE

from .packing import MAX_BLOCKS, Pack

_LIMIT = MAX_BLOCKS * BLOCK_SIZE


def as_rows(packed: Pack) -> dict[str, Any]:
    """Return the bytes of each module and other file, largest first, and what they add up to.

    "flash" counts whole blocks of 4 KiB, folders and the file system's own; "limit" is for that.
    """
    sizes = {_title(path): len(content) for path, content in packed.files.items()}
    largest_first = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    return {
        "modules": [{"name": name, "bytes": size} for name, size in largest_first],
        "bytes": sum(sizes.values()),
        "flash": packed.manifest["image"]["used"],
        "limit": _LIMIT,
    }


def size_table(packed: Pack) -> None:
    """Print `as_rows` with each one's share of the limit."""
    rows = as_rows(packed)
    manifest = packed.manifest
    title = f"{manifest['app']} {manifest['version']} for {manifest['board']}"
    table = Table(title=f"{title} ({manifest['architecture']})", title_justify="left")
    table.add_column("module or file", no_wrap=True)
    table.add_column("bytes", justify="right")
    table.add_column(f"of {_LIMIT // 1024} kB", justify="right")
    for row in rows["modules"]:
        table.add_row(row["name"], *_figures(row["bytes"]))
    table.add_section()
    table.add_row(f"{len(rows['modules'])} files", *_figures(rows["bytes"]))
    table.add_row("flash, in blocks of 4 kB", *_figures(rows["flash"]))
    Console(highlight=False).print(table)


def _title(path: str) -> str:
    """Return a module as one imports it, any other file by its path."""
    if path.endswith(".mpy"):
        return path.removeprefix("lib/").removesuffix(".mpy").replace("/", ".")
    return f"/{path}"


def _figures(size: int) -> tuple[str, str]:
    return f"{size:,}".replace(",", " "), f"{100 * size / _LIMIT:.1f} %"
