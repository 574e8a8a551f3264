"""Where things stand, and whether the shipped scenarios' gateways reach their devices."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simpy import Environment

from linli_hostsim import placement
from linli_hostsim.cohort.reach import reach
from linli_hostsim.lora.gateway import Gateway
from linli_hostsim.lora.link_budget import links, spreading_factor
from linli_hostsim.lora.path_loss import LogDistance
from linli_hostsim.lora.region import REGIONS
from linli_hostsim.lora.sensitivity import DEVICE_DBM
from linli_hostsim.roster import roster
from linli_hostsim.scenario import load, shipped
from linli_hostsim.streams import stream


@given(st.integers(1, 400), st.floats(50, 5000), st.floats(50, 5000))
def test_a_grid_has_all_its_points_on_the_site(count: int, width_m: float, height_m: float) -> None:
    points = placement.grid(count, width_m, height_m)
    assert len(set(points)) == count
    assert all(0 < x_m < width_m and 0 < y_m < height_m for x_m, y_m in points)


def test_a_square_number_makes_a_square_grid() -> None:
    assert placement.grid(4, 100.0, 100.0) == [(25, 25), (75, 25), (25, 75), (75, 75)]


def test_devices_stay_where_they_are_whatever_else_there_is() -> None:
    tiny = load("tiny")
    members = roster(tiny)
    everywhere = placement.devices(tiny, members)
    meters = [member for member in members if member.group.kind == "meter"]
    alone = placement.devices(tiny, meters)
    assert alone == {member.id: everywhere[member.id] for member in meters}


def test_neighbouring_numbers_are_neighbours() -> None:
    hemu = load("hemu")
    members = roster(hemu)
    positions = placement.devices(hemu, members)
    doors = [positions[member.id] for member in members if member.group.kind == "door"]
    steps_m = [math.dist(one, other) for one, other in pairwise(doors)]
    # An RS-485 segment may be 1200 m long (TIA/EIA-485-A): the ends of a row are further apart.
    assert sorted(steps_m)[len(steps_m) * 9 // 10] < 150


@pytest.mark.parametrize("name", [name for name in shipped() if name != "city"])
def test_the_gateways_reach_999_in_1000_devices(name: str) -> None:
    described = load(name)
    region = REGIONS[described.lora.region]
    env = Environment()
    gateways = [(position, Gateway(env, region)) for position in placement.gateways(described)]
    members = [member for member in roster(described) if "lora" in member.group.bearers]
    positions = placement.devices(described, members)
    reached = 0
    for member in members:
        random = stream(described.seed, member.id, "shadowing")
        paths = links(positions[member.id], gateways, LogDistance(), random)
        loss_db = min(link.loss_db for link in paths)
        factor = spreading_factor(loss_db, region, described.lora.margin_db, 64)
        reached += region.max_power_dbm - loss_db >= DEVICE_DBM[factor]
    assert reached >= 0.999 * len(members)


def test_a_citys_gateways_reach_999_in_1000_devices() -> None:
    described = load("city")
    region, settings = REGIONS[described.lora.region], described.lora
    # Its buildings are everywhere.
    random = np.random.default_rng(1)
    places = random.random((20_000, 2)) * (described.site.width_m, described.site.height_m)
    masts = np.array(placement.gateways(described))
    heard = reach(places, masts, settings.path, random, region, settings.margin_db, 64)
    needed_dbm = np.array(list(DEVICE_DBM.values()))[heard.row]
    is_heard = np.diff(heard.first) > 0
    best_db = heard.loss_db[heard.first[:-1][is_heard]]
    reached = region.max_power_dbm - best_db >= needed_dbm[is_heard]
    assert reached.sum() >= 0.999 * len(places)
