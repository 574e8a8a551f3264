"""Imports run one way between the rooms, and board code imports nothing that a board lacks."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# These stay on the host: they are for type checkers, and for people.
HOST_ONLY = {"catalogue.py", "types.py", "words.py"}
BOARD_FILES = sorted(
    path
    for package in ("protocol/linli_protocol", "firmware/linli_firmware")
    for path in (ROOT / package).rglob("*.py")
    if path.name not in HOST_ONLY
)
OWN_PACKAGES = {"linli_firmware", "linli_native", "linli_protocol"}
# MicroPython has more, but the logic also does without clock, randomness and I/O.
LOGIC_MODULES = {"array", "micropython", "struct"}
# What the rooms around the logic may import besides; only boards/ touches hardware.
ROOM_MODULES = {
    "bearers": {"errno", "lora", "select", "socket", "ssl"},
    "boards": {
        "asyncio",
        "bluetooth",
        "esp32",
        "gc",
        "machine",
        "network",
        "os",
        "select",
        "sys",
        "time",
    },
    "node": {"asyncio", "gc", "json", "sys"},
    "storage": {"binascii", "os"},
    "update": {"os"},
}
LINT_IMPORTS = shutil.which("lint-imports", path=str(Path(sys.executable).parent))


def test_imports_keep_to_the_contracts_of_pyproject_toml() -> None:
    assert LINT_IMPORTS, "import-linter comes with the test extra: pip install -e '.[test]'"
    run = subprocess.run([LINT_IMPORTS, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def imports_at_run_time(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that a board carries out; TYPE_CHECKING is false there."""
    if isinstance(tree, ast.Import | ast.ImportFrom):
        yield tree
    elif isinstance(tree, ast.If) and ast.unparse(tree.test) == "TYPE_CHECKING":
        for child in tree.orelse:
            yield from imports_at_run_time(child)
    else:
        for child in ast.iter_child_nodes(tree):
            yield from imports_at_run_time(child)


def modules_missing_on_a_board(source: str) -> set[str]:
    """Return the modules that `source` imports at run time and a board has not got."""
    missing = set()
    for statement in imports_at_run_time(ast.parse(source)):
        names = {alias.name for alias in statement.names}
        if isinstance(statement, ast.Import):
            missing |= {name for name in names if name.partition(".")[0] not in OWN_PACKAGES}
        elif statement.level:
            host_only = {name.removesuffix(".py") for name in HOST_ONLY}
            missing |= host_only & ({statement.module} if statement.module else names)
        elif str(statement.module).partition(".")[0] not in OWN_PACKAGES:
            missing.add(str(statement.module))
    return missing - LOGIC_MODULES


@pytest.mark.parametrize("file", BOARD_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_board_code_imports_nothing_a_board_lacks(file: Path) -> None:
    room = file.relative_to(ROOT).parts[2]
    missing = modules_missing_on_a_board(file.read_text(encoding="utf-8"))
    assert not missing - ROOM_MODULES.get(room, set())


def test_the_check_of_board_code_knows_what_counts() -> None:
    source = "import struct\nif TYPE_CHECKING:\n    import typing\nelse:\n    import asyncio\n"
    assert modules_missing_on_a_board(source) == {"asyncio"}
    assert modules_missing_on_a_board("from . import codes, types") == {"types"}
    assert modules_missing_on_a_board("from .types import Store") == {"types"}
    assert modules_missing_on_a_board("from .words import EVENTS") == {"words"}
