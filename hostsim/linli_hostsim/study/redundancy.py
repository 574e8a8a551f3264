"""One primary with three standbys: availability and recovery of the edge's cluster."""

import math

import numpy as np
from simpy import Environment

from ..clockwork import US_PER_H, US_PER_S
from ..edge import Cause, Cluster
from ..scenario import Edge
from ..validation.closed_forms import unavailability
from .promise import Assumption, Case, Inputs, Observed, Promise, Target, Values

_HOURS = 10_000_000.0
_QUICK_HOURS = 2_000_000.0
_RECOVERY_H = 0.25


def _edge(values: Values) -> Edge:
    return Edge(
        standbys=round(values["standbys"]),
        mtbf_h=values["mtbf_h"],
        mttr_h=values["mttr_h"],
        common_cause=values["common_cause"],
        repair_crews=round(values["repair_crews"]),
        detection_s=values["detection_s"],
        takeover_s=values["takeover_s"],
    )


def _replicate(values: Values, seed: int, inputs: Inputs) -> dict[str, float]:
    env = Environment()
    cluster = Cluster(env, seed, _edge(values))
    end_us = round((_QUICK_HOURS if inputs.quick else _HOURS) * US_PER_H)
    env.run(until=end_us)
    ended = [one for one in cluster.interruptions if one.end_us is not None]
    lengths_min = np.array([(one.end_us or 0) - one.start_us for one in ended]) / US_PER_S / 60
    figures = {
        "availability": 1 - cluster.down_us() / end_us,
        "common_share": cluster.down_us(Cause.COMMON) / max(cluster.down_us(), 1),
    }
    if ended:
        figures["recovered_min"] = float(
            np.quantile(lengths_min, values["recovered_share"], method="inverted_cdf")
        )
        figures["within_15_min"] = float((lengths_min <= 15).mean())
    return figures


def _facts(values: Values) -> list[str]:
    edge = _edge(values)
    assert edge.mtbf_h is not None
    down = unavailability(
        1 + edge.standbys,
        edge.mtbf_h,
        edge.mttr_h,
        edge.detection_s + edge.takeover_s,
        edge.common_cause,
        edge.repair_crews,
    )
    takeover_h = (edge.detection_s + edge.takeover_s) / 3600
    allowed = max(1e-4 - takeover_h / edge.mtbf_h, 0.0) * edge.mtbf_h / edge.mttr_h
    # Interruptions are takeovers or common causes, which last as long as their repair.
    too_long = math.exp(-(_RECOVERY_H - edge.takeover_s / 3600) / edge.mttr_h)
    recovered = (1 - values["recovered_share"]) / too_long
    return [
        f"In closed form the availability is {100 * (1 - down):.4f} %.",
        f"At these times 99.99 % allow {100 * min(allowed, 1):.2g} % of all failures to have a "
        f"common cause, and recovery within 15 min {100 * min(recovered, 1):.2g} %, if all nodes "
        "failing one by one is neglected.",
    ]


PROMISE = Promise(
    name="redundancy",
    title="One primary, three standbys",
    claim="“1 primary, 3 standby”, availability 99.99 %, recovery within 15 min",
    model="The simulated cluster alone (docs/models/edge.md): nodes fail by themselves or all at "
    "once, standbys take over, crews repair.",
    targets=(
        Target("availability", "availability", "share", 0.9999, "less"),
        Target("recovered_min", "recovery, all but the longest 1 %", "min", 15.0, "more"),
    ),
    observed=(
        Observed("within_15_min", "interruptions over within 15 min", "share"),
        Observed("common_share", "part of common causes in the time without service", "share"),
    ),
    assumptions=(
        Assumption("standbys", 3, "", "standbys", "2025 feasibility study", span=(0, 100)),
        Assumption(
            "mtbf_h",
            8760,
            "h",
            "a node's mean time between failures",
            "assumption: a year",
            span=(1, 10_000_000),
        ),
        Assumption(
            "mttr_h",
            24,
            "h",
            "mean time of a repair",
            "assumption: the next day",
            span=(0.001, 10_000),
        ),
        Assumption(
            "common_cause",
            0.02,
            "share",
            "failures that take all nodes at once",
            "IEC 61508-6, annex D: 1 to 10 %, recalled",
        ),
        Assumption("repair_crews", 1, "", "repairs at a time", "assumption", span=(1, 100)),
        Assumption(
            "detection_s",
            30,
            "s",
            "failure to its being known",
            "Patroni's ttl, recalled",
            span=(0, 3_600),
        ),
        Assumption(
            "takeover_s", 5, "s", "from then until a standby serves", "assumption", span=(0, 3_600)
        ),
        Assumption(
            "recovered_share",
            0.99,
            "share",
            "interruptions that must be over in time",
            "assumption: the study says no share; all is beyond any design",
        ),
    ),
    cases=(
        Case({"common_cause": 0.0}, "failures independent of each other"),
        Case({"common_cause": 0.005}, "nodes in different rooms, on different power and releases"),
        Case({"common_cause": 0.1}, "as many common causes as IEC 61508-6 has at worst"),
        Case({"mttr_h": 4.0}, "repairs as the study has them today"),
        Case({"mtbf_h": 4380.0}, "two failures a year"),
        Case({"standbys": 1}, "one standby instead of three"),
    ),
    replicate=_replicate,
    replications=20,
    quick_replications=5,
    facts=_facts,
)
