"""All promises examined here, and the choice of some by name."""

from collections.abc import Sequence
from functools import cache

from . import (
    aggregation,
    device_faults,
    evening_peak,
    outage,
    patching,
    recognition,
    redundancy,
    water_loss,
)
from .promise import Promise


class NoPromiseError(ValueError):
    """A name that is no promise's."""


@cache
def promises() -> tuple[Promise, ...]:
    """Return every promise, in the order in which a reader meets them."""
    modules = (
        outage,
        redundancy,
        recognition,
        aggregation,
        water_loss,
        device_faults,
        patching,
        evening_peak,
    )
    return tuple(module.PROMISE for module in modules)


def choose(names: Sequence[str]) -> list[Promise]:
    """Return the promises called `names`; all when empty. NoPromiseError names what is none."""
    known = {promise.name: promise for promise in promises()}
    for name in names:
        if name not in known:
            raise NoPromiseError(f"no promise {name!r}; known: {', '.join(known)}")
    return [promise for name, promise in known.items() if not names or name in names]
