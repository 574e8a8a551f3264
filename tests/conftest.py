"""Set-up of all tests: programs under test heed ctrl-C, what was there before is no garbage."""

import gc
import signal

import pytest

# What takes longest begins first: in the end no process shall wait for another one's.
FIRST = (
    "test_readme.py",
    "test_fault_campaign.py",
    "test_hub_cluster.py",
    "test_micropython.py",
    "test_emulated_update.py",
    "test_fuzz_decoders.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first."""
    items.sort(key=lambda item: item.path.name not in FIRST)


def pytest_configure() -> None:
    """Let ctrl-C be heard where a shell started the tests beside itself, and had it ignored."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="module")
def _what_was_there_before_is_no_garbage() -> None:
    """Leave out of garbage collections what the runner and the tests before have made.

    A node collects every second, and tests let it run for days of virtual time.
    """
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Give it back: libraries tell of leaks at the end."""
    gc.unfreeze()
