"""Set-up of all tests: programs under test heed ctrl-C, what was there before is no garbage."""

import gc
import signal


def pytest_configure() -> None:
    """Let ctrl-C be heard where a shell started the tests beside itself, and had it ignored."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Leave out of garbage collections what the runner has imported.

    A node collects every second, and tests let it run for days of virtual time.
    """
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Give it back: libraries tell of leaks at the end."""
    gc.unfreeze()
