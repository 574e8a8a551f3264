"""The names that images leave alone, as they are installed with the tools."""

import importlib.util
from pathlib import Path
from types import ModuleType

from linli_tools.image.short_names import foreign_names

ROOT = Path(__file__).parents[2]


def writer() -> ModuleType:
    path = ROOT / "tools/setup/foreign_names.py"
    specification = importlib.util.spec_from_file_location("foreign_names", path)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_list_is_as_the_tool_writes_it_from_the_stubs() -> None:
    tool = writer()
    assert tool.FILE.read_text(encoding="utf-8") == tool.text(), "write it anew: make names"


def test_names_of_the_chip_of_libraries_and_in_rom_are_foreign() -> None:
    assert {"deepsleep", "NVS", "get_blob", "start_recv", "append"} <= foreign_names()
    assert "release_s" not in foreign_names()
