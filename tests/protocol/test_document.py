"""The worked examples in docs/PROTOCOL.md."""

import doctest
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs/PROTOCOL.md"


def test_examples_in_the_protocol_document() -> None:
    results = doctest.testfile(str(DOCUMENT), module_relative=False, encoding="utf-8")
    assert results.attempted and not results.failed
