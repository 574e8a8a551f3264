"""Closed forms that the simulator is held against: ALOHA, LoRaSim, queues, polling, availability.

Waiting times of queues are in mean service times.
"""

import math
from decimal import Decimal, localcontext

_MD1_DIGITS = 400
"""The terms of M/D/1's sum alternate and grow; 60 digits gave a wrong p99.9 at 0.95 (measured)."""


def pure_aloha(load: float) -> float:
    """Return the throughput of pure ALOHA at `load` erlang (Abramson 1970)."""
    return load * math.exp(-2 * load)


def slotted_aloha(load: float) -> float:
    """Return the throughput of slotted ALOHA at `load` erlang (Roberts 1975)."""
    return load * math.exp(-load)


def der_simple(nodes: int, airtime_s: float, period_s: float, channels: int = 1) -> float:
    """Return the delivery ratio when any overlap on a channel destroys both frames.

    Each of `nodes` pauses Exp(`period_s`) from the end of a frame to the next. Exact: each other
    node is idle as a frame begins, and stays so throughout it, independently of the others.
    """
    rate = 1 / period_s
    quiet = math.exp(-rate * airtime_s) / (1 + rate * airtime_s)
    return (1 - (1 - quiet) / channels) ** (nodes - 1)


def der_capture(
    nodes: int,
    airtime_s: float,
    spare_s: float,
    period_s: float,
    exponent: float,
    capture_db: float,
    channels: int = 1,
) -> float:
    """Return the delivery ratio with capture for nodes spread uniformly over a disc.

    A frame survives those that are `capture_db` weaker, by path loss of `exponent` without
    shadowing, and those that end in its first `spare_s`. The integral over the node's place is
    solved; that frames at the two ends of an overlap differ is neglected.
    """
    rate = 1 / period_s
    quiet = math.exp(-rate * (airtime_s - spare_s)) * (1 + rate * spare_s) / (1 + rate * airtime_s)
    hit = (1 - quiet) / channels
    area_ratio = 10 ** (2 * capture_db / (10 * exponent))
    near = (1 - (1 - hit) ** nodes) / (hit * area_ratio * nodes)
    return near + (1 - 1 / area_ratio) * (1 - hit) ** (nodes - 1)


def erlang_b(servers: int, load: float) -> float:
    """Return the share of calls that find all `servers` busy and are lost, at `load` erlang."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Return the share of calls that wait in M/M/c, at `load` erlang below `servers`."""
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def mmc_mean_wait(servers: int, utilisation: float) -> float:
    """Return the mean wait in M/M/c, those who need not wait included."""
    return erlang_c(servers, servers * utilisation) / (servers * (1 - utilisation))


def mmc_wait_quantile(servers: int, utilisation: float, share: float) -> float:
    """Return the wait in M/M/c that `share` of all do not exceed."""
    waiting = erlang_c(servers, servers * utilisation)
    if 1 - share >= waiting:
        return 0.0
    return math.log(waiting / (1 - share)) / (servers * (1 - utilisation))


def md1_mean_wait(utilisation: float) -> float:
    """Return the mean wait in M/D/1 (Pollaczek and Khinchine)."""
    return utilisation / (2 * (1 - utilisation))


def md1_wait_share(utilisation: float, wait: float) -> float:
    """Return the share of M/D/1's customers that wait no longer than `wait` (Erlang 1909)."""
    with localcontext(prec=_MD1_DIGITS):
        rate = Decimal(utilisation)
        # Terms (-u)^k e^u / k!, where u = rate (wait - k).
        growth, shrink = (rate * Decimal(wait)).exp(), (-rate).exp()
        total, factorial = growth, 1
        for served in range(1, int(wait) + 1):
            growth *= shrink
            factorial *= served
            total += (rate * (served - Decimal(wait))) ** served * growth / factorial
        return float((1 - rate) * total)


def md1_wait_quantile(utilisation: float, share: float) -> float:
    """Return the wait in M/D/1 that `share` of all do not exceed."""
    if 1 - utilisation >= share:
        return 0.0
    low, high = 0.0, 1.0
    while md1_wait_share(utilisation, high) < share:
        low, high = high, 2 * high
    while high - low > 1e-6:
        middle = (low + high) / 2
        if md1_wait_share(utilisation, middle) < share:
            low = middle
        else:
            high = middle
    return high


def poll_s(
    baud: int,
    request_bytes: int,
    response_bytes: int,
    turnaround_s: float,
    bits_per_character: int = 11,
) -> float:
    """Return one transaction of Modbus RTU: two frames, the turnaround, and t3.5 after each frame.

    t3.5 is fixed above 19 200 baud (Modbus over serial line 1.02, 2.5.1.1).
    """
    character_s = bits_per_character / baud
    silence_s = 3.5 * character_s if baud <= 19_200 else 1.75e-3
    return (request_bytes + response_bytes) * character_s + turnaround_s + 2 * silence_s


def capped_pareto_mean(shape: float, least: float, cap: float) -> float:
    """Return the mean of a Pareto variable whose excess over `cap` is cut to `cap`."""
    below = shape * least / (shape - 1) * (1 - math.pow(least / cap, shape - 1))
    return below + cap * math.pow(least / cap, shape)


def pareto_quantile(shape: float, least: float, share: float) -> float:
    """Return what `share` of a Pareto variable do not exceed."""
    return least * math.pow(1 - share, -1 / shape)


def all_down(units: int, failure_rate: float, repair_rate: float, crews: int) -> float:
    """Return the share of time in which all `units` are down, each failing even when idle."""
    states = [1.0]
    for down in range(units):
        up_rate = repair_rate * min(down + 1, crews)
        states.append(states[-1] * failure_rate * (units - down) / up_rate)
    return states[-1] / sum(states)


def unavailability(
    units: int, mtbf_h: float, mttr_h: float, takeover_s: float, common_cause: float, crews: int
) -> float:
    """Return the share of time without service of one serving unit with hot standbys.

    All are down, or the standby takes over, or a `common_cause` share of failures takes all.
    """
    alone = all_down(units, (1 - common_cause) / mtbf_h, 1 / mttr_h, crews)
    return alone + takeover_s / 3600 / mtbf_h + common_cause * mttr_h / mtbf_h
