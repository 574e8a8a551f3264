"""Write the names that MicroPython's modules on the ESP32 have, which no image may give its own."""

import ast
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
STUBS = ROOT / "firmware/typings"
FILE = ROOT / "tools/linli_tools/image/stub_names.txt"


def names() -> set[str]:
    """Return the names in MicroPython's stubs; FileNotFoundError: there are none."""
    stubs = list(STUBS.glob("*.pyi"))
    if not stubs:
        raise FileNotFoundError(f"{STUBS}: no stubs of MicroPython; `make` installs them")
    found = set()
    for file in stubs:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    found.add(node.name)
                case ast.arg():
                    found.add(node.arg)
                case ast.Name():
                    found.add(node.id)
    return found


def text() -> str:
    """Return the file's text."""
    return textwrap.fill(" ".join(sorted(names())), 100, break_on_hyphens=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
