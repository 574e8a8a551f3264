"""How long an edge of one node and its standbys serves: the cluster simulated by itself.

Failures of nodes are years apart, so that a run of a community shows none; the cluster alone takes
three events for each (linli_hostsim.validation.availability holds it against its closed form).
"""

from simpy import Environment

from ..clockwork import US_PER_H
from ..edge import Cluster
from ..scenario import Edge, Scenario
from ..validation.closed_forms import unavailability

SPAN_MTBF = 1_000
"""So many times a node's mean time between failures is simulated at a time."""


def settings(scenario: Scenario, standbys: int) -> Edge:
    """Return the edge's settings with so many standbys, and the plan's failures if it has none."""
    mtbf_h = scenario.edge.mtbf_h or scenario.plan.node_mtbf_h
    return scenario.edge.model_copy(update={"standbys": standbys, "mtbf_h": mtbf_h})


def expected(edge: Edge) -> float:
    """Return the share of time in which a node serves, by the closed form."""
    assert edge.mtbf_h is not None
    if not edge.standbys:
        # One node: each failure lasts until its repair and the start after it.
        down_h = edge.mttr_h + edge.takeover_s / 3600
        return edge.mtbf_h / (edge.mtbf_h + down_h)
    failover_s = edge.detection_s + edge.takeover_s
    return 1 - unavailability(
        1 + edge.standbys,
        edge.mtbf_h,
        edge.mttr_h,
        failover_s,
        edge.common_cause,
        edge.repair_crews,
    )


def simulated(edge: Edge, seed: int) -> float:
    """Return the share of SPAN_MTBF times the MTBF in which a node served."""
    assert edge.mtbf_h is not None
    env = Environment()
    cluster = Cluster(env, seed, edge)
    end_us = round(SPAN_MTBF * edge.mtbf_h * US_PER_H)
    env.run(until=end_us)
    return 1 - cluster.down_us() / end_us
