"""Time, latency and energy of one uplink report by coupling loss, from TR 45.820's tables.

Each table gives three losses. Between them all is interpolated linearly in the logarithm; below
144 dB the nearest holds, since power control saves what a better path would. Over payload all is
linear. The batteries' cells for 50 and 200 bytes so say what a byte costs, and that what is left
is receiving: synchronisation, system information, grants and acknowledgements. The power of each
state turns joules into seconds.
"""

import numpy as np
from numpy.typing import NDArray

from .coverage import Mode

Number = float | NDArray[np.float64]

LOSSES_DB = (144.0, 154.0, 164.0)

# Stand-alone, joules; derived from the battery lives of TR 45.820 / Liberg et al. (recalled): one
# figure for the rows of 2 h and of a day, within both roundings (0.003 years beside one of them).
ENERGY_50_J = (0.07495, 0.265, 1.52)
ENERGY_200_J = (0.1175, 0.586, 2.556)

LATENCY_S = {
    Mode.STAND_ALONE: (0.3, 0.7, 5.1),
    Mode.GUARD_BAND: (0.3, 0.9, 8.0),
    Mode.IN_BAND: (0.3, 1.1, 8.3),
}
"""Of an exception report of 20 bytes: Liberg et al., "Cellular Internet of Things" (recalled)."""
EXCEPTION_BYTES = 20

# Power of the device by state, TR 45.820 clause 5.4 (recalled): 23 dBm from an amplifier of 45 %.
TRANSMIT_W = 0.5
RECEIVE_W = 0.08
SLEEP_W = 15e-6

OVERHEAD_BYTES = 29
"""Above the application with compressed IP headers (TR 45.820 annex E).

With the 65 bytes without, a device at 154 dB would have less to receive than one at 144 dB.
"""

BATTERY_J = 5 * 3600.0
SECONDS_PER_YEAR = 365.25 * 86_400

_LOG_BYTE_S = np.log(np.subtract(ENERGY_200_J, ENERGY_50_J) / 150 / TRANSMIT_W)
_LOG_RECEIVE_S = np.log(
    (np.array(ENERGY_50_J) - TRANSMIT_W * (50 + OVERHEAD_BYTES) * np.exp(_LOG_BYTE_S)) / RECEIVE_W
)
_LOG_LATENCY_S = {mode: np.log(seconds) for mode, seconds in LATENCY_S.items()}


def _interpolated(loss_db: Number, logarithms: NDArray[np.float64]) -> Number:
    found: Number = np.exp(np.interp(loss_db, LOSSES_DB, logarithms))
    return found


def byte_s(loss_db: Number) -> Number:
    """Return how long one byte is on the air, repetitions included."""
    return _interpolated(loss_db, _LOG_BYTE_S)


def transmit_s(loss_db: Number, payload_bytes: Number) -> Number:
    """Return how long a report is on the air, on one tone of NPUSCH."""
    return (payload_bytes + OVERHEAD_BYTES) * byte_s(loss_db)


def receive_s(loss_db: Number) -> Number:
    """Return how long a device that comes out of its sleep listens for one report."""
    return _interpolated(loss_db, _LOG_RECEIVE_S)


def energy_j(loss_db: Number, payload_bytes: Number) -> Number:
    """Return the energy of one report of a device that slept before and sleeps after it."""
    return TRANSMIT_W * transmit_s(loss_db, payload_bytes) + RECEIVE_W * receive_s(loss_db)


def life_years(loss_db: Number, payload_bytes: Number, interval_s: Number) -> Number:
    """Return how long 5 Wh last at a report each `interval_s`, without self-discharge."""
    watts = SLEEP_W + energy_j(loss_db, payload_bytes) / interval_s
    return BATTERY_J / watts / SECONDS_PER_YEAR


def latency_s(loss_db: Number, payload_bytes: Number, mode: Mode = Mode.STAND_ALONE) -> Number:
    """Return the time from a sleeping device's report to its arrival, when nobody else sends."""
    of_exception = _interpolated(loss_db, _LOG_LATENCY_S[mode])
    return of_exception + (payload_bytes - EXCEPTION_BYTES) * byte_s(loss_db)


def setup_s(loss_db: Number, nprach_period_s: Number, mode: Mode = Mode.STAND_ALONE) -> Number:
    """Return the time from a successful attempt on NPRACH to the grant of the report's resources.

    It is what the latency leaves beside the mean wait for NPRACH, half a period, and the report's
    time on the air; never less than nothing.
    """
    access_s = latency_s(loss_db, 0.0, mode) - transmit_s(loss_db, 0.0)
    left: Number = np.maximum(access_s - nprach_period_s / 2, 0.0)
    return left
