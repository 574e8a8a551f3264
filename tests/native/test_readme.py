"""The examples in native/README.md."""

import doctest
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "native/README.md"


def test_examples_in_the_readme() -> None:
    pytest.importorskip("linli_native", exc_type=ImportError)
    results = doctest.testfile(str(README), module_relative=False)
    assert results.attempted and not results.failed
