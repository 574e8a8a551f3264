"""The names that images leave alone, and those by which a board finds its modules."""

import ast
import runpy
from pathlib import Path

from linli_tools.image.flat_names import flatten
from linli_tools.image.short_names import foreign_names

ROOT = Path(__file__).parents[2]


def test_the_list_is_as_the_tool_writes_it_from_the_stubs() -> None:
    writer = runpy.run_path(str(ROOT / "tools/setup/foreign_names.py"))
    written = writer["FILE"].read_text(encoding="utf-8")
    assert written == writer["text"](), "write it anew: make names"


def test_names_of_the_chip_of_libraries_and_in_rom_are_foreign() -> None:
    assert {"deepsleep", "NVS", "get_blob", "start_recv", "append"} <= foreign_names()
    assert "release_s" not in foreign_names()


def flattened(sources: dict[str, str]) -> dict[str, str]:
    trees = {name: ast.parse(text) for name, text in sources.items()}
    return {name: ast.unparse(tree) for name, tree in flatten(trees).items()}


def test_modules_lie_side_by_side_and_are_found_by_their_new_names() -> None:
    program = {
        "pack.start": "def load(kind):\n    return __import__('pack.kinds.' + kind)",
        "pack.kinds.a": "from pack.start import load\nname = 'pack.kinds.a'",
        "plain": "text = 'pack.kinds'; end = 'so it is. '; other = 'unknown.kinds.'",
    }
    assert flattened(program) == {
        "pack_start": "def load(kind):\n    return __import__('pack_kinds_' + kind)",
        "pack_kinds_a": "from pack_start import load\nname = 'pack_kinds_a'",
        "plain": "text = 'pack.kinds'\nend = 'so it is. '\nother = 'unknown.kinds.'",
    }
