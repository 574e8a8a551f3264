"""What a channel carries when every station always has something to send: Bianchi's model.

Source: G. Bianchi, "Performance analysis of the IEEE 802.11 distributed coordination function",
IEEE JSAC 18(3), 2000; with the refinement that whoever has just succeeded may draw 0 and go on at
once, since the others' counters stand still meanwhile (Tinnirello, Bianchi, Xiao, "Refinements on
IEEE 802.11 DCF modeling approaches", IEEE TVT 59(3), 2010). The same as in ns-3's Bianchi11a.m.
"""

import math

from .dcf import CW_MAX, CW_MIN, DIFS_US, SLOT_US, exchange_us


def attempt_probability(stations: int, cw_min: int = CW_MIN, cw_max: int = CW_MAX) -> float:
    """Return the chance that a station sends in a slot; ValueError for less than one station.

    It solves tau = 2 / (1 + W + p W sum((2p)^i, i < m)) with p = 1 - (1 - tau)^(n - 1), where
    W = cw_min + 1 is doubled m times at most. The right side falls as tau grows: one solution.

    >>> attempt_probability(1) == 2 / (CW_MIN + 2)
    True
    """
    if stations < 1:
        raise ValueError(f"{stations} stations")
    window = cw_min + 1
    doublings = round(math.log2((cw_max + 1) / window))
    low, high = 0.0, 1.0
    for _ in range(60):
        tau = (low + high) / 2
        p = collision_probability(stations, tau)
        sent = 2 / (1 + window + p * window * sum((2 * p) ** i for i in range(doublings)))
        low, high = (tau, high) if tau < sent else (low, tau)
    return (low + high) / 2


def collision_probability(stations: int, attempt: float) -> float:
    """Return the chance that a frame collides when each station sends with chance `attempt`."""
    return 1 - (1 - attempt) ** (stations - 1)


def frames_per_s(stations: int, length: int, rate_mbps: int) -> float:
    """Return how many frames of `length` bytes (MAC header to checksum) all stations get through.

    A collision lasts as long as an exchange: the senders wait for an acknowledgement in vain, all
    others for as long (EIFS).
    """
    attempt = attempt_probability(stations)
    silent = (1 - attempt) ** stations
    alone = stations * attempt * (1 - attempt) ** (stations - 1)
    busy_us = exchange_us(length, rate_mbps) + DIFS_US
    # Whoever succeeded draws 0 with chance b, so that a success brings 1 / (1 - b) frames.
    b = 1 / (CW_MIN + 1)
    success_us = busy_us / (1 - b) + SLOT_US
    slot_us = silent * SLOT_US + alone * success_us + (1 - silent - alone) * busy_us
    return alone / (1 - b) / slot_us * 1e6
