"""docs/HIL.md says what the rig takes, what the jig understands, and which tests there are."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from linli_hil.rig.jig import checked
from linli_hil.rig.rig_file import (
    APPS,
    INPUTS,
    OUTPUTS,
    Emulated,
    JigPort,
    Serial,
    Wire,
    read_rig,
)

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/HIL.md").read_text(encoding="utf-8")
COMMON = ("kind", "app", "address", "generation", "community_key", "wiring")
# How the page writes what is none in the file's own words.
WORDS = {"power": '`"none"`', "hub_state": "`NAME.hub`", "community_key": "a test key"}
WORDS |= {"image": "built by the tests"}


def table(heading: str) -> dict[str, str]:
    """Return the second column of the first table below a line, by the first."""
    rows: dict[str, str] = {}
    for line in PAGE.split(f"\n{heading}", 1)[1].splitlines()[1:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            rows[cells[0].strip("`")] = cells[1]
        elif rows:
            break
    return rows


def defaults(model: type[BaseModel], names: Any) -> dict[str, str]:
    """Return the defaults of a model's fields as the page writes them."""
    found = {}
    for name in names:
        value = model.model_fields[name].default
        if value is PydanticUndefined or name == "kind":
            found[name] = "needed"
        elif name in WORDS:
            found[name] = WORDS[name]
        elif value is None:
            found[name] = "–"
        elif isinstance(value, bool):
            found[name] = str(value).lower()
        else:
            found[name] = f'`"{value}"`' if isinstance(value, str) else str(value)
    return found


@pytest.mark.parametrize(
    ("heading", "model", "common"),
    [
        ("`[jigs.NAME]`:", JigPort, None),
        ("`[boards.NAME]`, both kinds:", Emulated, True),
        ("`emulated`:", Emulated, False),
        ("`serial`:", Serial, False),
        ("A pin is the number", Wire, None),
    ],
)
def test_every_key_of_the_rig_file_stands_there_with_its_default(
    heading: str, model: type[BaseModel], common: bool | None
) -> None:
    names = [name for name in model.model_fields if common is None or (name in COMMON) is common]
    assert table(heading) == defaults(model, names)


def test_all_names_of_pins_and_apps_stand_there() -> None:
    for name in (*INPUTS, *OUTPUTS):
        assert f"`{name}`" in PAGE, name
    for app in APPS:
        assert f'`"{app}"`' in PAGE, app


def test_the_example_is_a_rig_file(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(PAGE.split("```toml\n", 1)[1].split("```", 1)[0])
    (tmp_path / "community.key").write_text("00" * 16)
    gate = read_rig(path).boards["gate"]
    assert isinstance(gate, Serial) and gate.wiring["d0"].pull == "up"
    assert gate.hub_state == tmp_path / "gate.hub"


def test_every_request_of_the_jig_stands_there() -> None:
    source = (ROOT / "hil_tests/jig/jig_commands.py").read_text(encoding="utf-8")
    known = re.findall(r"def do_(\w+)\(", source)
    assert [row.partition(" ")[0] for row in table("| request | answer | |")] == known


def test_the_lines_shown_are_lines() -> None:
    shown = re.findall(r"^    ([#!]\d+ [^*\n]+\*[0-9a-f]{4})", PAGE, re.MULTILINE)
    assert len(shown) == 3
    for line in shown:
        assert checked(line.rpartition("*")[0]).decode() == line + "\n"


def test_every_test_of_the_rig_is_in_the_table_of_results() -> None:
    known = set()
    for file in (ROOT / "hil_tests").glob("test_*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                known.add(node.name)
    told = re.findall(r"^\| .* \| `(test_\w+)`.* \| [\d.]+ \|$", PAGE, re.MULTILINE)
    assert len(told) == len(set(told)) and set(told) == known
