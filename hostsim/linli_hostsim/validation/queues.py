"""Waits in the simulator's service queues, against M/M/c and M/D/1."""

import random
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from simpy import Environment

from ..clockwork import US_PER_S, now_us
from ..edge import EdgeNode, ServiceQueue
from ..nbiot.carrier import Tones
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
SHARES = (0.5, 0.99, 0.999)
_SERVICE_US = US_PER_S
_CUSTOMERS = 100_000
_WARM_UP = 10_000
# Waits of neighbours are alike, and the more so the fuller the queue is.
_REPLICATIONS = {0.5: 10, 0.7: 10, 0.8: 16, 0.9: 32, 0.95: 32}


def _figures(waits_us: Sequence[int]) -> Sequence[float]:
    """Return the share that waits, the mean and the quantiles, in mean service times."""
    waits = np.array(waits_us[_WARM_UP:]) / _SERVICE_US
    return [float(np.mean(waits > 0)), float(waits.mean()), *np.quantile(waits, SHARES).tolist()]


def _mmc_waits(servers: int, utilisation: float, number: int) -> Sequence[float]:
    env = Environment()
    queue = Tones(env, servers)
    source = stream(number, "M/M/c", servers, str(utilisation))
    waits_us: list[int] = []

    def come() -> None:
        service_us = round(source.expovariate(1 / _SERVICE_US))
        queue.use(service_us, partial(leave, now_us(env) + service_us))

    def leave(soonest_us: int) -> None:
        waits_us.append(now_us(env) - soonest_us)

    return _run(env, source, servers * utilisation, come, waits_us)


class _SilentHub:
    """A hub that takes everything and never has anything to say."""

    def receive(self, bearer: str, data: bytes, now: int) -> None:
        """Take a packet."""

    def poll(self, now: int) -> list[tuple[int, str, bytes]]:
        """Send nothing."""
        return []

    def next_deadline(self) -> None:
        """Wait for nothing."""


def _md1_waits(utilisation: float, number: int) -> Sequence[float]:
    env = Environment()
    waits_us: list[int] = []

    def leave(packet: Packet) -> None:
        waits_us.append(now_us(env) - packet.sent_us - _SERVICE_US)

    tracker = Tracker(leave)
    queue = ServiceQueue(env, tracker, lambda: _SERVICE_US, 1, _CUSTOMERS)
    edge = EdgeNode(env, tracker, queue)
    edge.hub = _SilentHub()  # type: ignore[assignment]

    def come() -> None:
        packet = Packet(1, HUB, b"", 3, 0, "", Direction.UP, now_us(env))
        tracker.create(packet)
        edge.put(packet)

    return _run(env, stream(number, "M/D/1", str(utilisation)), utilisation, come, waits_us)


def _run(
    env: Environment,
    source: random.Random,
    load: float,
    come: Callable[[], None],
    waits_us: list[int],
) -> Sequence[float]:
    arrive(env, source, _SERVICE_US / load, come)
    while len(waits_us) < _CUSTOMERS:
        env.step()
    return _figures(waits_us)


def _checks(name: str, what: str, source: str, theirs: Sequence[float]) -> list[Check]:
    figures = (
        ("waiting", "share that waits", "", 0.01),
        ("mean", "mean wait", "services", 0.02),
        *(
            (f"p{100 * share:g}", f"wait of {100 * share:g} %", "services", 0.05)
            for share in SHARES
        ),
    )
    return [
        Check(
            f"queues/{name}-{figure}",
            f"{what}: {quantity}",
            unit,
            theirs[place],
            Tolerance(STANDARD_ERRORS, relative, absolute=0.01),
            source,
            place,
        )
        for place, (figure, quantity, unit, relative) in enumerate(figures)
    ]


def _mmc(servers: int, utilisation: float) -> Experiment:
    theirs = [
        erlang_c(servers, servers * utilisation),
        mmc_mean_wait(servers, utilisation),
        *(mmc_wait_quantile(servers, utilisation, share) for share in SHARES),
    ]
    what = f"M/M/{servers} at {utilisation:.2f}"
    return Experiment(
        _checks(f"mm{servers}-{utilisation:.2f}", what, "closed form: Erlang C", theirs),
        partial(_mmc_waits, servers, utilisation),
        _REPLICATIONS[utilisation],
        5 if (servers, utilisation) in ((1, 0.5), (4, 0.7)) else 0,
    )


def _md1(utilisation: float) -> Experiment:
    theirs = [
        utilisation,
        md1_mean_wait(utilisation),
        *(md1_wait_quantile(utilisation, share) for share in SHARES),
    ]
    what = f"M/D/1 at {utilisation:.2f}"
    return Experiment(
        _checks(
            f"md1-{utilisation:.2f}", what, "closed form: Pollaczek, Khinchine, Erlang", theirs
        ),
        partial(_md1_waits, utilisation),
        _REPLICATIONS[utilisation],
        5 if utilisation == 0.5 else 0,
    )


def group() -> Group:
    """Return the checks of service queues."""
    return Group(
        "queues",
        "Service queues: M/M/c and M/D/1",
        "M/M/c: the tones of a simulated NB-IoT carrier; M/D/1: the simulated edge node; 100 000 "
        "customers a replication, the first 10 000 left out",
        [
            *(_mmc(servers, utilisation) for servers in SERVERS for utilisation in UTILISATIONS),
            *(_md1(utilisation) for utilisation in UTILISATIONS),
        ],
    )
