"""Waits in the simulated edge's service queue, against M/M/c and M/D/1."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from simpy import Environment

from ..clockwork import US_PER_S, now_us
from ..edge import ServiceQueue
from ..packet import HUB, Direction, Packet
from ..streams import stream
from ..tracker import Tracker
from .check import STANDARD_ERRORS, Check, Experiment, Group, Tolerance
from .closed_forms import (
    erlang_c,
    md1_mean_wait,
    md1_wait_quantile,
    mmc_mean_wait,
    mmc_wait_quantile,
)
from .lora_world import arrive

SERVERS = (1, 2, 4, 8)
UTILISATIONS = (0.5, 0.7, 0.8, 0.9, 0.95)
# How far into the tail a few minutes reach: 5 % of the 0.1 % at 0.95 would take 3e8 customers.
TAILS = {
    0.5: (0.9, 0.99, 0.999),
    0.7: (0.9, 0.99, 0.999),
    0.8: (0.9, 0.99),
    0.9: (0.9, 0.99),
    0.95: (0.9,),
}
_SERVICE_US = US_PER_S
_CUSTOMERS = 100_000
_WARM_UP = 10_000
_UNLIMITED = 1_000_000
# Waits of neighbours are alike, and the more so the fuller the queue is.
_REPLICATIONS = {0.5: 20, 0.7: 20, 0.8: 20, 0.9: 40, 0.95: 40}


def _figures(waits_us: Sequence[int], tails: Sequence[float]) -> Sequence[float]:
    """Return the share that waits, the mean, the median, and the shares that wait beyond `tails`.

    In mean service times. Far percentiles of a full queue would be too low on average: few busy
    periods make them, and most replications have none of the longest. The shares are unbiased.
    """
    waits = np.array(waits_us[_WARM_UP:]) / _SERVICE_US
    beyond = [float(np.mean(waits > tail)) for tail in tails]
    return [float(np.mean(waits > 0)), float(waits.mean()), float(np.median(waits)), *beyond]


def _waits(
    servers: int, utilisation: float, varies: bool, tails: Sequence[float], number: int
) -> Sequence[float]:
    """Return the figures of one replication; services vary exponentially, or not at all."""
    env = Environment()
    source = stream(number, "queues", servers, str(utilisation), int(varies))
    # By the time at which they end.
    services_us: defaultdict[int, list[int]] = defaultdict(list)
    waits_us: list[int] = []

    def begin_service() -> int:
        service_us = round(source.expovariate(1 / _SERVICE_US)) if varies else _SERVICE_US
        services_us[now_us(env) + service_us].append(service_us)
        return service_us

    def leave(packet: Packet) -> None:
        now = now_us(env)
        waits_us.append(now - packet.sent_us - services_us[now].pop())

    queue = ServiceQueue(env, Tracker(), begin_service, servers, _UNLIMITED)
    queue.out = leave

    def come() -> None:
        queue.put(Packet(1, HUB, b"", 3, 0, "", Direction.UP, now_us(env)))

    arrive(env, source, _SERVICE_US / (servers * utilisation), come)
    while len(waits_us) < _CUSTOMERS:
        env.step()
    return _figures(waits_us, tails)


def _experiment(
    name: str,
    what: str,
    source: str,
    known: Sequence[float],
    quantile: Callable[[float], float],
    waits: Callable[..., Sequence[float]],
    utilisation: float,
    is_quick: bool,
) -> Experiment:
    """Return what holds `waits` against `known`, share that waits and mean, and against quantiles.

    `waits` takes the tails and the replication's number.
    """
    shares = [share for share in TAILS[utilisation] if quantile(share)]
    tails = [quantile(share) for share in shares]
    # Name, quantity, unit, theirs, relative tolerance.
    figures = [
        ("waiting", "share that waits", "", known[0], 0.01),
        ("mean", "mean wait", "services", known[1], 0.02),
        ("p50", "median wait", "services", quantile(0.5), 0.02),
        *(
            (
                f"beyond-p{100 * share:g}",
                f"share that waits beyond {tail:.4f} services, which {100 * share:g} % do not",
                "",
                1 - share,
                0.05,
            )
            for share, tail in zip(shares, tails, strict=True)
        ),
    ]
    checks = [
        Check(
            f"queues/{name}-{utilisation:.2f}-{figure}",
            f"{what} at {utilisation:.2f}: {quantity}",
            unit,
            theirs,
            Tolerance(STANDARD_ERRORS, relative, 0.01 if figure == "p50" else 0.0),
            source,
            place,
        )
        for place, (figure, quantity, unit, theirs, relative) in enumerate(figures)
    ]
    quick = 8 if is_quick else 0
    return Experiment(checks, partial(waits, tails), _REPLICATIONS[utilisation], quick)


def _mmc(servers: int, utilisation: float) -> Experiment:
    return _experiment(
        f"mm{servers}",
        f"M/M/{servers}",
        "closed form: Erlang C",
        (erlang_c(servers, servers * utilisation), mmc_mean_wait(servers, utilisation)),
        partial(mmc_wait_quantile, servers, utilisation),
        partial(_waits, servers, utilisation, True),
        utilisation,
        (servers, utilisation) in ((1, 0.5), (4, 0.7)),
    )


def _md1(utilisation: float) -> Experiment:
    return _experiment(
        "md1",
        "M/D/1",
        "closed form: Pollaczek, Khinchine, Erlang",
        (utilisation, md1_mean_wait(utilisation)),
        partial(md1_wait_quantile, utilisation),
        partial(_waits, 1, utilisation, False),
        utilisation,
        utilisation == 0.5,
    )


def group() -> Group:
    """Return the checks of service queues."""
    return Group(
        "queues",
        "Edge: service queue, M/M/c and M/D/1",
        "the simulated edge's service queue, 100 000 packets a replication, the first 10 000 left "
        "out",
        [
            *(_mmc(servers, utilisation) for servers in SERVERS for utilisation in UTILISATIONS),
            *(_md1(utilisation) for utilisation in UTILISATIONS),
        ],
    )
