"""When gateways have no network behind them, and the hub does not serve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..packet import Fate
from .frames import STILL_HEARD, Bytes, Ints


@dataclass(frozen=True, slots=True)
class Outage:
    """What frames suffer that end in a span of time at some `gateways`, None: wherever they do."""

    begin_us: int
    end_us: int
    fate: Fate
    gateways: tuple[int, ...] | None = None


def spoil(outages: Sequence[Outage], gateway: Ints, end_us: Ints, fates: Bytes) -> Bytes:
    """Return the `fates` of receptions, of which none that was heard survives an outage."""
    if not outages:
        return fates
    fates = fates.copy()
    for outage in outages:
        meets = (end_us >= outage.begin_us) & (end_us < outage.end_us)
        if outage.gateways is not None:
            meets &= np.isin(gateway, outage.gateways)
        fates[meets & (fates == STILL_HEARD)] = np.int8(outage.fate)
    return fates
