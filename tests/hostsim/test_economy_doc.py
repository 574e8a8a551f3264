"""docs/ECONOMY.md and docs/RISK.md have every input, threshold and rule as the code has it."""

from pathlib import Path

import pytest

from linli_hostsim.economy.inputs import inputs
from linli_hostsim.economy.parameters import Economy
from linli_hostsim.economy.types import TYPES
from linli_hub.risk.grades import RULES
from linli_hub.risk.indicators import INDICATORS
from linli_protocol import words

DOCS = Path(__file__).parents[2] / "docs"
INPUTS = [
    f"| `{one.key}` | {one.value:g} | {one.low:g} to {one.high:g} | {one.unit} | {one.source} |"
    for one in inputs(Economy())
]
DIFFERENCES = [
    f"| {name} | `{key}` | {one.value:g} | {one.source} |"
    for name, differences in TYPES.items()
    for key, one in differences.items()
]
THRESHOLDS = [
    f"| `{one.name}` | {one.formula} | {one.unit} | {one.amber:g} | {one.red:g} | "
    f"{one.amber_source}; {one.red_source} |"
    for one in INDICATORS
]
GRADES = [
    f"| {words.EVENTS[code]} | {'I' * rule.grade} | "
    f"{', '.join(words.EVENTS[end] for end in rule.ended_by) or '–'} |"
    for code, rule in RULES.items()
]


@pytest.mark.parametrize(
    ("page", "rows"), [("ECONOMY.md", INPUTS + DIFFERENCES), ("RISK.md", THRESHOLDS + GRADES)]
)
def test_the_page_has_every_row(page: str, rows: list[str]) -> None:
    lines = set((DOCS / page).read_text(encoding="utf-8").splitlines())
    assert [row for row in rows if row not in lines] == []
