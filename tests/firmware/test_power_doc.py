"""The tables and examples in docs/POWER.md."""

import doctest
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs/POWER.md"


def test_what_the_power_document_prints_is_what_the_code_prints() -> None:
    results = doctest.testfile(str(DOCUMENT), module_relative=False, encoding="utf-8")
    assert results.attempted > 10
    assert not results.failed
