"""Unavailability of a simulated cluster of one serving node and three standbys.

Nothing but the cluster is simulated, three events per failure, so that rare interruptions come
in numbers: a replication is up to 10^7 h. That all four nodes fail by themselves is still too
rare at real rates; it is checked where nodes fail every 100 h.
"""

from collections.abc import Sequence
from functools import partial

from simpy import Environment

from ..clockwork import US_PER_H
from ..edge import Cause, Cluster
from ..scenario import Edge
from .check import STANDARD_ERRORS, Check, Experiment, Group, Tolerance
from .closed_forms import all_down, unavailability

_NODES = 4
_MTTR_H = 24.0
_SOURCE = "closed form: all down, takeovers, common causes"


def _settings(mtbf_h: float, takeover_s: float, common_cause: float, crews: int) -> Edge:
    return Edge(
        standbys=_NODES - 1,
        mtbf_h=mtbf_h,
        mttr_h=_MTTR_H,
        common_cause=common_cause,
        repair_crews=crews,
        detection_s=takeover_s,
        takeover_s=0,
    )


def _share_down(settings: Edge, hours: float, cause: Cause | None, number: int) -> Sequence[float]:
    env = Environment()
    cluster = Cluster(env, number, settings)
    end_us = round(hours * US_PER_H)
    env.run(until=end_us)
    return [cluster.down_us(cause) / end_us]


def _takeovers() -> Experiment:
    mtbf_h, takeover_s = 1000.0, 36.0
    check = Check(
        "availability/takeovers",
        "time in which a standby takes over: nodes fail every 1000 h, takeover in 36 s",
        "",
        takeover_s / 3600 / mtbf_h,
        Tolerance(STANDARD_ERRORS, relative=0.01),
        "closed form: takeover time / MTBF",
    )
    settings = _settings(mtbf_h, takeover_s, 0.0, _NODES)
    return Experiment([check], partial(_share_down, settings, 1e6, Cause.TAKEOVER), 20, 5)


def _common_causes(mtbf_h: float) -> Experiment:
    takeover_s, share = 36.0, 0.02
    check = Check(
        f"availability/common-cause-{mtbf_h:.0f}h",
        f"time without service: nodes fail every {mtbf_h:.0f} h, 2 % by a common cause, takeover "
        "in 36 s, repair in 24 h",
        "",
        unavailability(_NODES, mtbf_h, _MTTR_H, takeover_s, share, _NODES + 1),
        # Neglected: what fails by itself while nothing works, and that all have to start anew.
        Tolerance(STANDARD_ERRORS, relative=0.01),
        _SOURCE,
    )
    settings = _settings(mtbf_h, takeover_s, share, _NODES + 1)
    return Experiment([check], partial(_share_down, settings, 1e4 * mtbf_h, None), 20, 5)


def _all_failed(crews: int) -> Experiment:
    mtbf_h = 100.0
    check = Check(
        f"availability/all-failed-{crews}",
        f"time with all four nodes failed: every 100 h each, 24 h a repair, {crews} "
        f"crew{'s' if crews > 1 else ''}",
        "",
        all_down(_NODES, 1 / mtbf_h, 1 / _MTTR_H, crews),
        Tolerance(STANDARD_ERRORS, relative=0.01),
        "closed form: birth and death",
    )
    settings = _settings(mtbf_h, 0.0, 0.0, crews)
    return Experiment([check], partial(_share_down, settings, 1e6, Cause.ALL_FAILED), 20, 5)


def group() -> Group:
    """Return the checks of the edge's availability."""
    return Group(
        "availability",
        "Edge: one node and three standbys",
        "the simulated cluster alone, up to 10^7 h a replication",
        [
            _takeovers(),
            *(_common_causes(mtbf_h) for mtbf_h in (1000.0, 4380.0, 8760.0)),
            *(_all_failed(crews) for crews in (1, _NODES)),
        ],
    )
