"""The run beside closed forms that need no simulation: the model is to be of their size."""

import numpy as np

from ..experiments.figures import figures
from ..results import Results
from ..scenario import Scenario
from ..tables import Columns
from ..validation.closed_forms import (
    erlang_b,
    md1_mean_wait,
    mmc_mean_wait,
    pure_aloha,
    unavailability,
)
from .listing import Listing
from .occupancy import hours_us, occupancy

# Fates of packets that a gateway had received, whatever came then.
_RECEIVED = ("delivered", "corrupted", "link down", "service down")


def listing(results: Results, described: Scenario) -> Listing | None:
    """Return the comparisons that this run allows, None when it allows none."""
    rows = [*_lora(results, described), *_hub(results, described), *_edge(results, described)]
    if not rows:
        return None
    return Listing(
        "Closed forms take what was sent in each hour as sent at random; docs/VALIDATION.md holds "
        "the model against them where they are exact",
        ["quantity", "this run", "closed form", "which one"],
        rows,
        words=(0, 3),
    )


def _lora(results: Results, described: Scenario) -> list[list[str]]:
    air, fates = results.tables["airtime_by_hour"], results.tables["fates"]
    up = (air["bearer"] == "lora") & (air["direction"] == "up")
    if not air["airtime_us"][up].any():
        return []
    sent: Columns = {name: column[up] for name, column in air.items()}
    packets = sent["packets"].astype(float)
    load = occupancy(sent, "lora", results.meta.duration_s) / 100
    # Each row of `sent` has the load of its own channel and hour.
    mine = load[sent["channel"], sent["hour"]].tolist()
    survive = np.array([pure_aloha(each) / each for each in mine])
    survived = float((survive * packets).sum() / packets.sum())
    total = load.sum(axis=0)
    blocked = np.array([erlang_b(described.lora.demodulators, each) for each in total.tolist()])
    refused = float((blocked[sent["hour"]] * packets).sum() / packets.sum())
    own = (fates["bearer"] == "lora") & (fates["direction"] == "up")
    packets_of = dict(zip(fates["fate"][own], fates["packets"][own].tolist(), strict=True))
    received = sum(packets_of.get(fate, 0) for fate in _RECEIVED)
    collided, refused_too = (packets_of.get(fate, 0) for fate in ("collided", "no demodulator"))
    rows = []
    if received + collided:
        rows.append(
            [
                "LoRa uplinks that did not collide",
                _percent(received / (received + collided)),
                _percent(survived),
                "pure ALOHA on each channel, exp(−2 G): at least, for capture, other spreading "
                "factors and other gateways save more",
            ]
        )
    if received + refused_too:
        rows.append(
            [
                "LoRa uplinks without a demodulator",
                _percent(refused_too / (received + refused_too)),
                _percent(refused),
                f"Erlang B with {described.lora.demodulators} at one gateway that hears all: at "
                "most",
            ]
        )
    return rows


def _hub(results: Results, described: Scenario) -> list[list[str]]:
    hub = results.tables["hub_by_hour"]
    servers = described.hub.servers
    is_constant = described.hub.processing == "constant"
    if not hub["busy_us"].sum() or (is_constant and servers > 1):
        return []
    length_us = hours_us(results.meta.duration_s)[hub["hour"]]
    uses = (hub["busy_us"] / length_us / servers).tolist()
    if max(uses) >= 1:
        return []
    waits = [md1_mean_wait(use) if is_constant else mmc_mean_wait(servers, use) for use in uses]
    packets = hub["packets"].astype(float)
    service_us = described.hub.processing_ms * 1000
    expected_us = float((np.array(waits) * packets).sum() / packets.sum()) * service_us
    name = "M/D/1" if is_constant else f"M/M/{servers}"
    return [
        [
            "mean wait at the hub",
            f"{float(hub['waited_us'].sum()) / float(packets.sum()):.3g} µs",
            f"{expected_us:.3g} µs",
            f"{name} in each hour: about, where packets come one by one; more when they come "
            "in bursts",
        ]
    ]


def _edge(results: Results, described: Scenario) -> list[list[str]]:
    edge = described.edge
    if edge.mtbf_h is None or not edge.standbys:
        return []
    down = unavailability(
        1 + edge.standbys,
        edge.mtbf_h,
        edge.mttr_h,
        edge.detection_s + edge.takeover_s,
        edge.common_cause,
        edge.repair_crews,
    )
    served = figures(results)["availability"]
    assert served is not None
    return [
        [
            "availability of the edge",
            _percent(served),
            _percent(1 - down),
            f"1 + {edge.standbys} nodes with repair, takeover and common cause, over many years",
        ]
    ]


def _percent(share: float) -> str:
    if 0 < share < 1e-4:
        return "below 0.01 %"
    return f"{100 * share:.6g} %" if share > 0.99 else f"{100 * share:.3g} %"
