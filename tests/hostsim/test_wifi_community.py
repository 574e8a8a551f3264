"""A community whose houses share Wi-Fi channels, and access points that restart."""

from functools import cache

import pytest

from communities import lived
from linli_hostsim import scenario
from linli_hostsim.clockwork import US_PER_S
from linli_hostsim.community import Community
from linli_hostsim.infrastructure import IpNetwork, WifiNetwork
from linli_hostsim.packet import Fate
from linli_hostsim.recorder import Stage
from linli_hostsim.scenario import ScenarioError

HOUSES = """
name = "houses"
description = "Doors and buttons on the Wi-Fi of their houses"
households = 120

[site]
households_per_building = 20

[[devices]]
kind = "panic"
count = 24
bearers = ["wifi"]

[[devices]]
kind = "door"
count = 6
bearers = ["wifi"]

[people]
presses_per_user_month = 600.0

[wifi]
shared = true
devices_per_ap = 5
others_load = 0.2
restarts_h = [1.0]
restart_s = 20.0
"""


@cache
def houses() -> Community:
    return lived(HOUSES, 3, hour=8)


def test_neighbours_share_an_access_point() -> None:
    network = houses()._networks["wifi"]
    assert isinstance(network, WifiNetwork)
    assert len(network.access_points) == 6
    # Each building has a door and four buttons.
    for access_point in network.access_points:
        kinds = sorted(houses().recorder.kinds[device] for device in access_point._stations)
        assert len(set(kinds[:1] + kinds[-1:])) == 2
        assert len(kinds) == 5


def test_all_join_again_after_a_restart_and_every_packet_has_its_fate() -> None:
    network = houses()._networks["wifi"]
    assert isinstance(network, WifiNetwork)
    assert all(station.is_associated for station in network.stations.values())
    tracker = houses().tracker
    assert sum(tally.packets for tally in tracker.settled.values()) == tracker.created > 500
    fates = {fate for _, _, fate in tracker.settled}
    assert fates <= {Fate.DELIVERED, Fate.CORRUPTED, Fate.COLLIDED, Fate.LINK_DOWN, Fate.IN_FLIGHT}


def test_alarms_are_with_the_hub_in_milliseconds_but_while_joining() -> None:
    times = sorted(
        stages[Stage.AT_HUB] - stages[Stage.RAISED] for stages in houses().recorder.alarms.values()
    )
    assert len(times) > 10
    assert times[len(times) // 2] < US_PER_S // 4
    assert times[-1] < 60 * US_PER_S


def test_a_path_of_its_own_is_the_default() -> None:
    made = lived(HOUSES.partition("[wifi]")[0], 1, hour=8)
    assert isinstance(made._networks["wifi"], IpNetwork)


def test_rates_are_checked_where_the_channel_is_shared() -> None:
    text = HOUSES + "bits_per_s = 7000000\n"
    with pytest.raises(ScenarioError, match="one of 6, 9, 12, 18, 24, 36, 48, 54 million"):
        scenario.parse(text, "test")


def test_a_kind_of_backhaul_sets_what_is_not_given() -> None:
    base = HOUSES.partition("[wifi]")[0]
    fibre = scenario.parse(base + '[backhaul]\nkind = "ethernet"\nbase_ms = 3.0\n', "test").backhaul
    assert (fibre.bits_per_s, fibre.base_ms, fibre.loss) == (100_000_000, 3.0, 0.0001)
    assert scenario.parse(base + '[backhaul]\nkind = "4g"\n', "test").backhaul.base_ms == 20.0
    with pytest.raises(ScenarioError, match=r"backhaul\.kind: Input should be 'ethernet'"):
        scenario.parse(base + '[backhaul]\nkind = "pigeon"\n', "test")
