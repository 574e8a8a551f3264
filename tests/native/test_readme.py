"""The examples in native/README.md."""

import doctest
from pathlib import Path

import pytest

from c_compiler import CC, NO_CC

README = Path(__file__).parents[2] / "native/README.md"


@pytest.mark.skipif(CC is None, reason=NO_CC)
def test_examples_in_the_readme() -> None:
    results = doctest.testfile(str(README), module_relative=False)
    assert results.attempted and not results.failed
