"""The core on a bare RV32IMC board, emulated: its vectors, and what it costs."""

from pathlib import Path

import pytest

from boards import (
    BLOCK_CEILING,
    BUILDS,
    CONTEXT_CEILING,
    NATIVE,
    PAGE,
    SIZE_CEILING,
    STACK_CEILING,
    build_program,
    cost,
    cost_table,
    missing_for_rv32,
    run_program,
    section,
)
from core_cases import cases, published_cases, random_cases
from shared_data import require

pytestmark = pytest.mark.skipif(missing_for_rv32() != "", reason=missing_for_rv32())


def check(given: str, table: str, level: str, folder: Path) -> None:
    """Build the harness with these cases inside, and run it."""
    text, program = folder / "cases.txt", folder / "vectors"
    text.write_text(given)
    build_program(
        program,
        level,
        *(["-DLINLI_SM4_TABLE"] if table == "table" else []),
        f'-DINPUT="{text}"',
        NATIVE / "bare_metal/standard_streams.c",
        Path(__file__).parent / "vectors.c",
    )
    assert run_program(program) == f"{len(given.splitlines())} cases\n"


@pytest.mark.parametrize(("table", "level"), BUILDS)
def test_our_vectors_pass(table: str, level: str, tmp_path: Path) -> None:
    check(cases(), table, level, tmp_path)


@pytest.mark.parametrize(("table", "level"), BUILDS)
def test_published_vectors_pass(table: str, level: str, tmp_path: Path) -> None:
    check(published_cases(require("crypto/sm4_vectors.json").parent), table, level, tmp_path)


@pytest.mark.parametrize("table", ["S-box", "table"])
def test_board_agrees_with_openssl(table: str, tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    check(random_cases(1), table, "-Os", tmp_path)


@pytest.mark.parametrize("table", ["S-box", "table"])
def test_a_block_stays_below_its_ceiling(table: str) -> None:
    assert cost(table, "-O2").instructions["block"] <= BLOCK_CEILING[table]


def test_code_stays_below_its_ceiling() -> None:
    assert cost("S-box", "-Os").packet_size <= SIZE_CEILING


@pytest.mark.parametrize(("table", "level"), BUILDS)
def test_stack_and_contexts_stay_below_their_ceilings(table: str, level: str) -> None:
    measured = cost(table, level)
    assert min(measured.stack.values()) > 0
    assert max(measured.stack.values()) <= STACK_CEILING
    assert max(measured.contexts) <= CONTEXT_CEILING


def test_the_page_tells_the_ceilings() -> None:
    page = PAGE.read_text()
    for ceiling in (*BLOCK_CEILING.values(), SIZE_CEILING, STACK_CEILING, CONTEXT_CEILING):
        assert f"≤ {ceiling:,}".replace(",", " ") in page


def test_the_table_in_the_page_is_what_is_measured_here() -> None:
    written, measured = section(PAGE.read_text(), "cost").strip().splitlines(), cost_table()
    if written[0] != measured[0]:
        pytest.skip(f"native/BOARDS.md tells of {written[0]} and here is {measured[0]}")
    assert written == measured, "native/BOARDS.md is stale: python tests/boards.py"
