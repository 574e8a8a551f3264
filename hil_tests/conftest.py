"""The rig: `pytest hil_tests --rig rig.toml`; without it, all boards are emulated (docs/HIL.md).

A test names its apps by `@pytest.mark.app(...)` and runs on every board of the rig with one of
them. What a rig lacks is named, and the test reported as not run.
"""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from configurations import configuration, flash_of
from linli_hil.rig.bench import Bench, community_key, open_bench
from linli_hil.rig.interfaces import Missing
from linli_hil.rig.jig import JigError
from linli_hil.rig.rig_file import Rig, RigError, read_rig

DEFAULT_RIG = Path(__file__).with_name("emulated.toml")
NOT_RUN = "not run for want of "

_rig = pytest.StashKey[Rig]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rig")
    group.addoption("--rig", type=Path, default=DEFAULT_RIG, help="rig file; default: all emulated")
    group.addoption(
        "--patience",
        type=float,
        default=60.0,
        metavar="S",
        help="do not run what would wait longer at a time on real hardware; default: %(default)s",
    )
    group.addoption(
        "--write-configurations",
        type=Path,
        metavar="FOLDER",
        help="write the config.json that the tests want on each board to FOLDER, and end",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "app(name, ...): the apps that the test is for")
    try:
        config.stash[_rig] = read_rig(config.getoption("--rig"))
        for board in config.stash[_rig].boards.values():
            community_key(board)
    except (RigError, ValueError, OSError) as error:
        raise pytest.UsageError(str(error)) from None
    folder = config.getoption("--write-configurations")
    if folder is not None:
        for name, board in config.stash[_rig].boards.items():
            file = folder / name / "config.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(configuration(board), indent=2) + "\n")
        pytest.exit(f"configurations are in {folder}", returncode=0)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "bench" not in metafunc.fixturenames:
        return
    mark = metafunc.definition.get_closest_marker("app")
    assert mark is not None, f"{metafunc.definition.nodeid} names no app"
    boards = metafunc.config.stash[_rig].boards
    found: list[Any] = [name for name, board in boards.items() if board.app in mark.args]
    if not found:
        reason = f"{NOT_RUN}a board with {' or '.join(mark.args)}"
        found = [pytest.param("none", marks=pytest.mark.skip(reason))]
    metafunc.parametrize("bench", found, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    try:
        yield
    except Missing as missing:
        pytest.skip(NOT_RUN + str(missing))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Generator[None, object, object]:
    try:
        return (yield)
    except Missing as missing:
        pytest.skip(NOT_RUN + str(missing))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.stats.get("skipped", [])
    missing = [each for each in reports if NOT_RUN in str(each.longrepr)]
    if missing:
        terminalreporter.section("not run on this rig")
    for each in missing:
        reason = str(each.longrepr[2]).partition(NOT_RUN)[2]
        terminalreporter.line(f"{each.nodeid}: {reason}")


@pytest.fixture
def bench(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Iterator[Bench]:
    """The board that the test runs on, switched off if it can be."""
    config = request.config
    name = request.param
    rig = config.stash[_rig]
    record_property("board", name)
    record_property("kind", rig.boards[name].kind)
    opened = open_bench(rig, name, flash_of, config.getoption("--patience"))
    with ExitStack() as stack:
        try:
            found = stack.enter_context(opened)
        except (OSError, ValueError, JigError) as error:
            pytest.fail(f"boards.{name}: {error}", pytrace=False)
        yield found
        print(found.console.printed().decode(errors="replace"))
