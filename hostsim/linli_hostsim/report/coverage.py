"""How well each device is heard, whichever of its radios does best."""

import numpy as np
from numpy.typing import NDArray

from ..results import Results


def margins_db(results: Results, devices: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Return each device's best margin of LoRa and NB-IoT, NaN for one with neither.

    One that no station knows of has -inf.
    """
    links = results.tables["links"]
    best = np.full(len(devices), np.nan)
    order = np.argsort(devices)
    place = order[np.searchsorted(devices, links["device"], sorter=order)]
    np.fmax.at(best, place, np.ma.filled(np.ma.asarray(links["margin_db"]), -np.inf))
    return best
