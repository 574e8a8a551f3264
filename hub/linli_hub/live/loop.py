"""The loop that a hub runs in: libuv's, and garbage in circles is looked for seldom.

Each of Python's looks goes through all that is known of each device: with ten thousand of them it
took a fifth of the processor's time (docs/BENCH_HUB.md).
"""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any

import uvloop

# Objects more than before, and looks at the young, before the next look at older ones.
_COLLECT_AFTER = (50_000, 20, 50)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run `work`, in which a hub serves, to its end; what there is by now is looked at no more."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
