"""The choice of an engine, and that all of them give the same."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from c_compiler import CC, NO_CC

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)
native = importlib.import_module("linli_native")

TESTS = Path(__file__).parents[1]


def run(engine: str | None, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the environment variable set or not."""
    environment = {name: value for name, value in os.environ.items() if name != "LINLI_ENGINE"}
    if engine is not None:
        environment["LINLI_ENGINE"] = engine
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True
    )


SHOW = "import linli_native as n; print(n.ENGINE, n.ENGINES, n.CONSTANT_TIME)"


def test_every_engine_can_be_named_and_the_fastest_is_the_default() -> None:
    for engine in native.ENGINES:
        shown = run(engine, "-c", SHOW).stdout.split()
        assert shown[0] == engine
    for unset in (None, ""):
        assert run(unset, "-c", SHOW).stdout.split()[0] == native.ENGINES[0]


def test_the_portable_engine_is_everywhere_and_looks_up_a_table() -> None:
    assert native.ENGINES[-1] == "portable"
    assert run("portable", "-c", SHOW).stdout.endswith(" False\n")


@pytest.mark.parametrize("engine", ["sm5", "PORTABLE", " portable", "\u00e9"])
@pytest.mark.parametrize("module", ["linli_native", "linli_protocol.crypto"])
def test_a_name_that_is_no_engine_is_an_error_that_tells_which_there_are(
    engine: str, module: str
) -> None:
    done = run(engine, "-c", f"import {module}")
    assert done.returncode == 1
    assert "ValueError: LINLI_ENGINE is " in done.stderr
    assert f"this processor has {', '.join(native.ENGINES)}" in done.stderr


def test_numpy_is_loaded_with_the_store_only() -> None:
    program = (
        "import sys, linli_native\n"
        "assert 'numpy' not in sys.modules\n"
        "linli_native.KeyStore\n"
        "assert 'numpy' in sys.modules\n"
        "try: linli_native.nonsense\n"
        "except AttributeError as error: print(error)\n"
    )
    shown = run(None, "-c", program)
    assert shown.stdout == "module 'linli_native' has no attribute 'nonsense'\n", shown.stderr


@pytest.fixture(scope="module")
def portable_results() -> list[str]:
    return results("portable")


def results(engine: str) -> list[str]:
    done = run(engine, str(TESTS / "native_results.py"))
    assert done.returncode == 0, f"{engine}: {done.stderr}"
    name, *lines = done.stdout.splitlines()
    assert name == f"engine {engine}"
    return lines


@pytest.mark.parametrize("engine", [name for name in native.ENGINES if name != "portable"])
def test_engine_gives_what_portable_c_does(engine: str, portable_results: list[str]) -> None:
    assert results(engine) == portable_results
