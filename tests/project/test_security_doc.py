"""docs/SECURITY.md names files and tests that there are, and says how far each provision is met."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TEXT = (DOCS / "SECURITY.md").read_text()
STATES = {"done", "partly", "not"}
# How many provisions each heading has in V2.1.1.
PROVISIONS = {
    "5.1": 5,
    "5.2": 3,
    "5.3": 16,
    "5.4": 4,
    "5.5": 8,
    "5.6": 9,
    "5.7": 2,
    "5.8": 3,
    "5.9": 3,
    "5.10": 1,
    "5.11": 4,
    "5.12": 3,
    "5.13": 1,
    "6": 5,
}


def rows() -> list[list[str]]:
    """Return the cells of all rows of tables that have a state."""
    found = [re.split(r" \| ", line.strip("| ")) for line in TEXT.splitlines() if line[:1] == "|"]
    return [cells for cells in found if STATES.intersection(cells)]


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:tests|docs|hub|tools|firmware|protocol)/[^`\s]+)`", TEXT))
    assert len(named) > 40
    assert [each for each in sorted(named) if not (ROOT / each).is_file()] == []
    linked = set(re.findall(r"\]\(([^)#]+)", TEXT))
    assert [each for each in sorted(linked) if not (DOCS / each).is_file()] == []


def test_every_test_that_is_named_is_run() -> None:
    written = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    there = {name for text in written for name in re.findall(r"def (test_\w+)\(", text)}
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    assert len(named) > 40
    assert sorted(named - there) == []


def test_every_target_of_make_that_is_named_is_there() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)`", TEXT)) <= set(targets)


def test_every_provision_has_a_state_and_what_is_done_has_its_place() -> None:
    told = [cells for cells in rows() if re.fullmatch(r"[56](\.\d+)?-\d+", cells[0])]
    numbers = [f"{heading}-{n + 1}" for heading, count in PROVISIONS.items() for n in range(count)]
    assert [cells[0] for cells in told] == numbers
    assert all(len(cells) == 4 for cells in told)
    for number, _, state, where in told:
        assert state in STATES, number
        assert state == "not" or where, number


def test_no_conformity_is_claimed() -> None:
    assert re.findall(r"compl(?:y|ies|iant) with|conforms to|certified", TEXT, re.IGNORECASE) == []
    assert "claims conformity with nothing" in TEXT
