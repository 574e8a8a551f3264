"""What the simulator's edge and the closed form make of the same faults."""

from collections.abc import Sequence

from simpy import Environment

from linli_hostsim.clockwork import US_PER_S, at
from linli_hostsim.edge import Cluster
from linli_hostsim.scenario import Edge

# Patroni's lease, the least that it takes; and our assumption of what follows.
DETECTION_S = 20.0
TAKEOVER_S = 5.0


def simulated(
    faults_s: Sequence[float], duration_s: float, repair_s: float, nodes: int, seed: int = 1
) -> float:
    """Return the availability of an edge whose serving node fails at the moments `faults_s`.

    A node is repaired after `repair_s` on average.
    """
    env = Environment()
    settings = Edge(
        standbys=nodes - 1,
        detection_s=DETECTION_S,
        takeover_s=TAKEOVER_S,
        mttr_h=repair_s / 3600,
        repair_crews=nodes,
    )
    cluster = Cluster(env, seed, settings)
    for moment_s in faults_s:
        at(env, round(moment_s * US_PER_S), cluster.fail_serving)
    env.run(round(duration_s * US_PER_S))
    return 1 - cluster.down_us() / (duration_s * US_PER_S)


def closed_form(faults: int, duration_s: float, interruption_s: float) -> float:
    """Return 1 − T_fo / MTBF, with the mean time between the serving node's faults; at least 0."""
    return max(1 - interruption_s * faults / duration_s, 0.0)
