"""The carrier's queues against theory: Erlang's C for tones, processor sharing for subframes."""

import math
import random
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simpy import Environment

from linli_hostsim.clockwork import at, now_us
from linli_hostsim.nbiot.carrier import SharedSubframes, Tones
from linli_hostsim.nbiot.waiting import waits_us

MEAN_US = 100_000


def sojourns(
    channel_of: "type[SharedSubframes] | partial[Tones]", rho: float, jobs: int, seed: int
) -> list[float]:
    """Return the times from arrival to end, in mean services; exponential arrivals and services."""
    env = Environment()
    channel = channel_of(env)
    source = random.Random(seed)
    servers = getattr(channel_of, "keywords", {}).get("count", 1)
    found: list[float] = []

    def arrive() -> None:
        begun = now_us(env)
        duration_us = round(source.expovariate(1 / MEAN_US))
        channel.use(duration_us, lambda: found.append((now_us(env) - begun) / MEAN_US))
        if len(found) < jobs:
            at(env, round(source.expovariate(rho * servers / MEAN_US)), arrive)

    at(env, 0, arrive)
    env.run()
    return found


def erlang_c(servers: int, load: float) -> float:
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last)


@pytest.mark.parametrize(("count", "rho"), [(1, 0.5), (11, 0.8)])
def test_tones_are_waited_for_as_erlang_says(count: int, rho: float) -> None:
    expected = 1 + erlang_c(count, rho * count) / (count * (1 - rho))
    means = [np.mean(sojourns(partial(Tones, count=count), rho, 8_000, seed)) for seed in range(6)]
    error = np.std(means, ddof=1) / math.sqrt(len(means))
    assert np.mean(means) == pytest.approx(expected, abs=4 * error)


def test_subframes_are_shared_so_that_the_mean_is_that_of_processor_sharing() -> None:
    means = [np.mean(sojourns(SharedSubframes, 0.5, 8_000, seed)) for seed in range(6)]
    error = np.std(means, ddof=1) / math.sqrt(len(means))
    assert np.mean(means) == pytest.approx(1 / (1 - 0.5), abs=4 * error)


def test_a_short_packet_does_not_wait_for_the_end_of_a_long_one() -> None:
    env = Environment()
    subframes = SharedSubframes(env)
    ends: dict[str, int] = {}
    for name, begins_us, duration_us in (("long", 0, 1_000_000), ("short", 100_000, 50_000)):

        def done(name: str = name) -> None:
            ends[name] = now_us(env)

        at(env, begins_us, subframes.use, duration_us, done)
    env.run()
    assert ends == {"short": 200_000, "long": 1_050_000}


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 100)), min_size=1, max_size=60),
    st.integers(1, 4),
)
def test_arrays_of_arrivals_wait_as_long_as_simulated_ones(
    jobs: list[tuple[int, int]], servers: int
) -> None:
    jobs.sort(key=lambda job: job[0])
    env = Environment()
    tones = Tones(env, servers)
    ends = [0] * len(jobs)

    def done(number: int) -> None:
        ends[number] = now_us(env)

    for number, (arrival, duration) in enumerate(jobs):
        at(env, arrival, tones.use, duration, partial(done, number))
    env.run()
    arrivals, services = np.array(jobs, np.int64).T
    waits = waits_us(arrivals, services, servers)
    assert (arrivals + waits + services).tolist() == ends
