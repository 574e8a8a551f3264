"""A city of any size, alike everywhere: the workload that cohorts are measured with.

Reports follow the mix of intervals of 3GPP TR 45.820, annex E (recalled): 11.2 a day on average.
Devices are as many a square kilometre as in our scenario of Hemu. Gateways stand 500 m apart, our
own figure: by the path loss of a built-up area all but one device in 800 hear one.
"""

import math

import numpy as np

from .. import placement
from ..lora.gateway import DEMODULATORS
from ..lora.interference import NONE, Interference
from ..lora.lorawan import MAX_PAYLOAD_BYTES, OVERHEAD_BYTES
from ..lora.path_loss import BOR2016
from ..lora.region import CN470, Region
from ..streams import generator
from .cohort import Cohort
from .reach import reach
from .reception import Receiver
from .world import Kind, World

DEVICES_PER_KM2 = 2300 / 1.96
SPACING_M = 500.0

_REPORT_BYTES = 48
_HUB_US = 50_000
_JITTER = 0.1
_H = 3600.0

# Share of the devices and the hours between their reports.
MIX = ((0.40, 24.0), (0.40, 2.0), (0.15, 1.0), (0.05, 0.5))


def city(
    devices: int, seed: int, region: Region = CN470, interference: Interference = NONE
) -> Cohort:
    """Return a city of `devices`, which begins at midnight."""
    random = generator(seed, "city", devices)
    side_m = 1000 * math.sqrt(devices / DEVICES_PER_KM2)
    gateways = np.array(placement.grid(max(1, round((side_m / SPACING_M) ** 2)), side_m, side_m))
    counts = np.diff(np.rint(np.cumsum([0.0, *(share for share, _ in MIX)]) * devices))
    kinds = [
        Kind(f"every {hours:g} h", int(count), hours * _H, _JITTER * hours * _H, _REPORT_BYTES)
        for count, (_, hours) in zip(counts, MIX, strict=True)
    ]
    heard = reach(
        random.random((devices, 2)) * side_m,
        gateways,
        BOR2016,
        random,
        region,
        0.0,
        MAX_PAYLOAD_BYTES + OVERHEAD_BYTES,
        interference,
    )
    receiver = Receiver(interference, DEMODULATORS)
    return Cohort(World(kinds, heard, receiver, region, seed), len(gateways), _HUB_US)
