"""Set-up of all tests: what was there before them is no garbage."""

import gc


def pytest_collection_finish() -> None:
    """Leave out of garbage collections what the runner has imported.

    A node collects every second, and tests let it run for days of virtual time.
    """
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Give it back: libraries tell of leaks at the end."""
    gc.unfreeze()
