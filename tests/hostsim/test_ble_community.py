"""A community on BLE: who is near enough a gateway is heard, within connection intervals."""

from functools import cache

import pytest

from communities import lived
from linli_hostsim import scenario
from linli_hostsim.clockwork import US_PER_S
from linli_hostsim.community import Community
from linli_hostsim.infrastructure import BleNetwork
from linli_hostsim.packet import Direction, Fate
from linli_hostsim.recorder import Stage
from linli_hostsim.scenario import ScenarioError
from linli_protocol import codes

HALL = """
name = "hall"
description = "Buttons and doors around the gateways of a hall"
households = 30

[site]
width_m = 60.0
height_m = 60.0
households_per_building = 10

[[devices]]
kind = "panic"
count = 20
bearers = ["ble"]

[[devices]]
kind = "door"
count = 3
bearers = ["ble"]

[people]
presses_per_user_month = 600.0

[ble]
gateways = 4
"""


@cache
def hall() -> Community:
    return lived(HALL, 3, hour=8)


def network(of: Community) -> BleNetwork:
    found = of._networks["ble"]
    assert isinstance(found, BleNetwork)
    return found


def test_all_are_connected_and_nearly_all_packets_arrive() -> None:
    peripherals = network(hall()).peripherals
    assert len(peripherals) == 23
    assert all(one.link.is_connected for one in peripherals.values())
    assert max(one.set_up_us for one in peripherals.values()) < 10 * US_PER_S
    tracker = hall().tracker
    assert sum(tally.packets for tally in tracker.settled.values()) == tracker.created > 300
    lost = sum(tally.packets for (_, _, fate), tally in tracker.settled.items() if fate)
    # What is sent before a connection is there is sent again.
    assert lost < 0.1 * tracker.created
    assert {fate for _, _, fate in tracker.settled} <= {
        Fate.DELIVERED,
        Fate.LINK_DOWN,
        Fate.CORRUPTED,
        Fate.IN_FLIGHT,
    }


def test_alarms_wait_for_a_connection_event_and_answers_for_one_that_is_attended() -> None:
    alarms = hall().recorder.alarms.values()
    up_us = sorted(times[Stage.AT_HUB] - times[Stage.RAISED] for times in alarms)
    down_us = sorted(times[Stage.ACKNOWLEDGED] - times[Stage.AT_HUB] for times in alarms)
    assert len(up_us) > 10
    assert up_us[len(up_us) // 2] < 100_000
    assert 50_000 < down_us[len(down_us) // 2] < 600_000


def test_buttons_pay_for_the_events_that_they_attend() -> None:
    energies = {
        kind: [
            hall().recorder.totals_of[device].energy_j
            for device in hall().twins
            if hall().recorder.kinds[device] == kind
        ]
        for kind in (codes.DOOR, codes.PANIC)
    }
    assert set(energies[codes.DOOR]) == {0.0}
    attending = lived(HALL + "latency = 0\n", 3, hour=8)
    for device, totals in attending.recorder.totals_of.items():
        if hall().recorder.kinds[device] == codes.PANIC:
            assert totals.energy_j > 1.5 * hall().recorder.totals_of[device].energy_j > 0


def test_too_far_or_too_many_is_named() -> None:
    far = lived(HALL.replace("= 60.0", "= 6000.0").replace("gateways = 4", "gateways = 1"), 1)
    assert not network(far).peripherals
    fates = {(direction, fate) for _, direction, fate in far.tracker.settled}
    assert fates == {(Direction.UP, Fate.BELOW_SENSITIVITY)}
    crowded = lived(HALL + "connections_per_gateway = 2\n", 1, hour=8)
    assert len(network(crowded).peripherals) == 8


def test_intervals_are_checked_against_each_other() -> None:
    for line, complaint in (
        ("latency = 100", "supervision_s must be above 10.1, two sleeps"),
        ("scan_window_ms = 70", "scan_window_ms must not be above"),
        ("event_ms = 60", "event_ms must not be above"),
    ):
        with pytest.raises(ScenarioError, match=complaint):
            scenario.parse(f"{HALL}{line}\n", "test")
