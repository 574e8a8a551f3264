"""The standards' own examples on every engine."""

from pathlib import Path

import pytest

from c_compiler import AS_INSTALLED, CC, NO_CC, build, run
from core_cases import million_rounds, official_cases

pytestmark = pytest.mark.skipif(CC is None, reason=NO_CC)


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the program that runs cases on every engine."""
    source = Path(__file__).parent / "vectors.c"
    return build(tmp_path_factory.mktemp("vectors"), source, *AS_INSTALLED)


def test_examples_of_gbt_32907_gbt_32905_and_rfc_8998(vectors: Path) -> None:
    assert run(vectors, given=official_cases()) == "5 cases\n"


def test_million_rounds_of_gbt_32907(vectors: Path) -> None:
    assert run(vectors, given=million_rounds()) == "1 cases\n"


@pytest.mark.parametrize("case", range(5))
def test_one_changed_digit_fails(vectors: Path, case: int) -> None:
    line = official_cases().splitlines()[case]
    key_or_message = line.split()[1]
    changed = format(int(key_or_message[0], 16) ^ 1, "x") + key_or_message[1:]
    with pytest.raises(AssertionError, match="engine 0"):
        run(vectors, given=line.replace(key_or_message, changed, 1))
