"""A cluster of nodes: who serves when, how long nobody does and why, and the textbook's shares."""

from collections.abc import Callable

import pytest
from simpy import Environment

from linli_hostsim.clockwork import US_PER_H, US_PER_S, at, now_us
from linli_hostsim.edge import Cause, Cluster
from linli_hostsim.edge.repair import RepairCrews
from linli_hostsim.scenario import Edge
from linli_hostsim.streams import stream
from linli_hostsim.validation.closed_forms import all_down

DETECTION_S, TAKEOVER_S = 30.0, 5.0
FAILOVER_US = 35 * US_PER_S


class Life:
    """A cluster in which nothing fails by itself, and a diary of who serves from when."""

    def __init__(self, standbys: int = 3, **settings: float) -> None:
        self.env = Environment()
        self.diary: list[tuple[float, int | None]] = []
        described = Edge.model_validate(
            {"standbys": standbys, "detection_s": DETECTION_S, "takeover_s": TAKEOVER_S} | settings
        )
        self.cluster = Cluster(self.env, 1, described, self.note, self.note)

    def note(self) -> None:
        self.diary.append((now_us(self.env) / US_PER_S, self.cluster.serving))

    def when(self, second: float, do: Callable[..., None], *arguments: int) -> None:
        at(self.env, round(second * US_PER_S), do, *arguments)

    def run(self, seconds: float) -> None:
        self.env.run(until=round(seconds * US_PER_S))


def test_a_standby_serves_after_detection_and_takeover() -> None:
    life = Life()
    life.when(100, life.cluster.fail_serving)
    life.run(1000)
    assert life.diary == [(100, None), (135, 1)]
    (only,) = life.cluster.interruptions
    assert (only.cause, only.node) == (Cause.TAKEOVER, 1)
    assert life.cluster.down_us() == FAILOVER_US


def test_a_standby_that_fails_is_not_missed() -> None:
    life = Life()
    life.when(100, life.cluster.fail, 2)
    life.run(1000)
    assert life.diary == []


def test_one_that_fails_while_it_takes_over_costs_the_time_anew() -> None:
    life = Life()
    life.when(100, life.cluster.fail_serving)
    life.when(120, life.cluster.fail, 1)
    life.run(1000)
    assert life.diary == [(100, None), (155, 2)]
    assert len(life.cluster.interruptions) == 1


def test_when_all_have_failed_the_first_that_is_repaired_serves() -> None:
    life = Life(standbys=1, mttr_h=1)
    life.when(100, life.cluster.fail, 1)
    life.when(200, life.cluster.fail, 0)
    life.run(1e6)
    (start, nobody), (end, node) = life.diary
    (only,) = life.cluster.interruptions
    assert (start, nobody, node) == (200, None, 1)
    assert only.cause is Cause.ALL_FAILED
    repair_us = round(stream(1, "edge", "repair").expovariate(1.0) * US_PER_H)
    assert end == pytest.approx(100 + repair_us / US_PER_S + TAKEOVER_S)


def test_until_a_common_cause_is_repaired_nobody_returns() -> None:
    life = Life(standbys=1, mttr_h=1, repair_crews=2)
    life.when(50, life.cluster.fail, 1)
    life.when(100, life.cluster.fail_all)
    life.run(1e6)
    repairs = stream(1, "edge", "repair")
    own_s, common_s = (repairs.expovariate(1.0) * 3600 for _ in range(2))
    assert own_s < common_s
    assert life.diary[-1][0] == pytest.approx(100 + common_s + TAKEOVER_S)
    assert life.cluster.interruptions[0].cause is Cause.COMMON
    # Both have returned, so that a failure costs a takeover and no repair.
    life.cluster.fail_serving()
    life.run(1e6 + 100)
    assert life.cluster.interruptions[1].cause is Cause.TAKEOVER


def test_what_is_not_over_counts_until_now() -> None:
    life = Life(standbys=0, mttr_h=10_000)
    life.when(100, life.cluster.fail_serving)
    life.run(150)
    assert life.cluster.down_us() == 50 * US_PER_S
    assert life.cluster.interruptions[0].end_us is None


def test_a_crew_does_one_job_after_the_other() -> None:
    env, done = Environment(), []
    crews = RepairCrews(env, stream(1, "crews"), 2, 1.0)
    for job in range(3):
        crews.order(lambda job=job: done.append((now_us(env), job)))
    env.run()
    hours = stream(1, "crews")
    first, second, third = (round(hours.expovariate(1.0) * US_PER_H) for _ in range(3))
    expected = [(first, 0), (second, 1), (min(first, second) + third, 2)]
    assert done == sorted(expected)


@pytest.mark.parametrize("crews", [1, 3])
def test_the_share_of_time_with_all_failed_is_the_textbooks(crews: int) -> None:
    env = Environment()
    settings = Edge(
        standbys=2,
        mtbf_h=100,
        mttr_h=24,
        common_cause=0,
        repair_crews=crews,
        detection_s=0,
        takeover_s=0,
    )
    cluster = Cluster(env, 7, settings)
    hours = 1_000_000
    env.run(until=hours * US_PER_H)
    known = all_down(3, 1 / 100, 1 / 24, crews)
    # Some thousands of such times, Exp-distributed: a standard error of 2 to 3 %.
    share = cluster.down_us(Cause.ALL_FAILED) / (hours * US_PER_H)
    assert share == pytest.approx(known, rel=0.1)


def test_a_common_cause_does_not_make_nodes_fail_more_often_afterwards() -> None:
    env = Environment()
    cluster = Cluster(env, 3, Edge(mtbf_h=100, common_cause=0.5, mttr_h=0.1, repair_crews=9))
    env.run(until=40_000 * US_PER_H)
    causes = [one.cause for one in cluster.interruptions]
    # 200 of either expected, Poisson.
    assert causes.count(Cause.COMMON) == pytest.approx(200, abs=60)
    assert causes.count(Cause.TAKEOVER) == pytest.approx(200, abs=60)


def test_nothing_fails_unless_asked_for() -> None:
    env = Environment()
    Cluster(env, 1, Edge())
    env.run()
    assert now_us(env) == 0
