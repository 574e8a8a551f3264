"""LoRaSim's experiments give LoRaSim's delivery ratios, with its quirks and without."""

import math
import statistics
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from linli_hostsim import lorasim
from linli_hostsim.lorasim.experiments import EXPERIMENTS, PERIOD_S
from linli_hostsim.lorasim.placement import place, radius_m
from linli_hostsim.validation.closed_forms import der_capture, der_simple

SIMPLE: Literal["simple"] = "simple"
FULL: Literal["full"] = "full"

# Placements matter more than packets: at 100 nodes they move the ratio by 0.006.
PLACEMENTS = 40
PACKETS = 20_000

NODES = (100, 1000)
# loraDir.py 0.2.1 itself, four placements a cell.
MEASURED = {
    (0, SIMPLE): (0.7119, 0.0322),
    (0, FULL): (0.7622, 0.1062),
    (4, SIMPLE): (0.7691, 0.0714),
    (4, FULL): (0.8128, 0.1634),
    (2, SIMPLE): (0.9985, 0.9856),
    (2, FULL): (0.9988, 0.9882),
    (3, SIMPLE): (0.9981, 0.9816),
    (3, FULL): (0.9984, 0.9843),
}
CELLS = [
    (experiment, check, nodes, ratio)
    for (experiment, check), ratios in MEASURED.items()
    for nodes, ratio in zip(NODES, ratios, strict=True)
]


def ratios(experiment: int, nodes: int, check: Literal["simple", "full"]) -> list[float]:
    return [
        lorasim.run(experiment, nodes, check, seed, PACKETS).delivery_ratio
        for seed in range(PLACEMENTS)
    ]


def closed_form(experiment: int, nodes: int, check: str) -> float:
    setting = EXPERIMENTS[experiment].settings[0]
    airtime_s, spare_s = setting.airtime_us / 1e6, 3 * setting.symbol_us / 1e6
    channels = EXPERIMENTS[experiment].frequencies
    if check == SIMPLE:
        return der_simple(nodes, airtime_s, PERIOD_S, channels)
    return der_capture(nodes, airtime_s, spare_s, PERIOD_S, 2.08, 6.0, channels)


@pytest.mark.parametrize(("experiment", "check", "nodes", "measured"), CELLS)
def test_delivery_ratios_are_those_that_lorasim_prints(
    experiment: int, check: Literal["simple", "full"], nodes: int, measured: float
) -> None:
    found = ratios(experiment, nodes, check)
    assert abs(statistics.mean(found) - measured) <= 0.004
    if len(EXPERIMENTS[experiment].settings) == 1:
        error = statistics.stdev(found) / math.sqrt(PLACEMENTS)
        expected = closed_form(experiment, nodes, check)
        assert abs(statistics.mean(found) - expected) < max(3 * error, 0.003)


@pytest.mark.parametrize("check", [SIMPLE, FULL])
def test_three_frequencies_share_the_load(check: Literal["simple", "full"]) -> None:
    found = ratios(1, 500, check)
    # Nodes keep the frequency that they once drew, so that the load is not quite even.
    assert statistics.mean(found) == pytest.approx(closed_form(1, 500, check), abs=0.006)


@pytest.mark.parametrize(
    ("experiment", "radius"),
    [(0, 98.95), (1, 98.95), (2, 37.38), (3, 110.26), (4, 98.95), (5, 110.26)],
)
def test_the_disc_has_lorasims_radius(experiment: int, radius: float) -> None:
    assert radius_m(EXPERIMENTS[experiment], lorasim.FAITHFUL) == pytest.approx(radius, abs=0.005)


@pytest.mark.parametrize(
    ("experiment", "mj"), [(0, 226.00), (1, 226.00), (2, 0.93), (3, 2.40), (4, 174.10)]
)
def test_a_packet_takes_lorasims_energy(experiment: int, mj: float) -> None:
    runs = [lorasim.run(experiment, 500, FULL, seed, PACKETS) for seed in range(20)]
    found = 1000 * sum(run.energy_j for run in runs) / sum(run.sent for run in runs)
    assert found == pytest.approx(mj, rel=0.02 if experiment == 3 else 0.004)


def test_less_power_takes_less_energy_and_delivers_hardly_less() -> None:
    full_power, saving = (lorasim.run(number, 500, FULL, 1, 100_000) for number in (3, 5))
    assert saving.energy_j / saving.sent < 0.8 * full_power.energy_j / full_power.sent
    assert saving.delivery_ratio == pytest.approx(full_power.delivery_ratio, abs=0.003)


def test_the_fastest_settings_have_no_place_for_1600_nodes() -> None:
    with pytest.raises(lorasim.PlacementError, match="could not place new node"):
        lorasim.run(2, 1600, SIMPLE, 1)


def test_no_faithful_node_is_out_of_reach() -> None:
    for experiment in EXPERIMENTS.values():
        nodes = place(experiment, 1000, np.random.default_rng(1), lorasim.FAITHFUL)
        assert nodes.is_heard.all()


def test_the_mended_disc_reaches_as_far_as_the_gateway_hears() -> None:
    for experiment in EXPERIMENTS.values():
        nodes = place(experiment, 15, np.random.default_rng(1), lorasim.MENDED)
        assert nodes.is_heard.all()
        weakest = min(setting.sensitivity_dbm for setting in experiment.settings)
        assert nodes.rssi_dbm.min() == pytest.approx(weakest, abs=1.5)


def test_mended_nodes_keep_their_distance() -> None:
    with pytest.raises(lorasim.PlacementError):
        lorasim.run(2, 500, SIMPLE, 1, quirks=lorasim.MENDED)
    assert lorasim.run(0, 500, SIMPLE, 1, 10_000, lorasim.MENDED).sent > 9000


def test_other_bandwidths_need_not_collide() -> None:
    # The faithful disc is so small that all nodes of one spreading factor have one bandwidth.
    together = replace(lorasim.MENDED, all_bandwidths_meet=True)
    meeting, apart = (
        lorasim.run(3, 500, SIMPLE, 1, 200_000, quirks).delivery_ratio
        for quirks in (together, lorasim.MENDED)
    )
    assert apart > meeting + 0.01


def test_a_seed_is_a_run() -> None:
    first, again, other = (lorasim.run(3, 100, FULL, seed, 10_000) for seed in (1, 1, 2))
    assert first == again != other
