"""Update campaigns in a community: real bundles, slots and receivers over simulated ways."""

from communities import begun
from linli_hostsim import campaign_table, scenario
from linli_hostsim.made_up_vendor import bundle
from linli_hostsim.recorder import UpdateStage
from linli_hostsim.run import run
from linli_hostsim.twins.images import ABI
from linli_hostsim.twins.twin import FIRMWARE
from linli_hub.core.updates import Campaign, Fate
from linli_protocol import codes

SMALL = """
name = "small"
description = "Three doors and a button"
households = 30
[site]
width_m = 100.0
height_m = 100.0
[[devices]]
kind = "door"
count = 2
bearers = ["rs485"]
[[devices]]
kind = "door"
count = 1
bearers = ["ethernet"]
[[devices]]
kind = "panic"
count = 1
bearers = ["lora", "wifi"]
"""
NEW = 0x000200
SIZE = 20_000
UPDATES = f"""
[[updates]]
kind = "door"
content_bytes = {SIZE}
pilots = 1
[[updates]]
kind = "panic"
content_bytes = {SIZE}
"""
HOUR_US = 3_600_000_000


def test_all_run_the_new_version_have_said_so_and_keep_it() -> None:
    lived = begun(SMALL + UPDATES)
    lived.env.run(until=round(1.5 * HOUR_US))
    lived.finish()
    assert {twin.version for twin in lived.twins.values()} == {NEW}
    assert {update.fate for update in lived.recorder.updates.values()} == {"running"}
    assert lived.recorder.event_counts[codes.DOOR, codes.UPDATE_INSTALLED] == 3
    for update in lived.recorder.updates.values():
        first, verified, running = update.times_us
        assert HOUR_US == update.start_us <= first < verified < running
    assert set(lived.recorder.restarts.values()) == {1}
    assert lived.recorder.unmatched_deliveries == lived.recorder.repeated_deliveries == 0


def test_every_byte_of_the_image_is_on_the_air_once_and_little_more() -> None:
    lived = begun(SMALL + UPDATES)
    lived.env.run(until=round(1.5 * HOUR_US))
    lived.finish()
    for device in lived.twins:
        down = sum(
            tally[1]
            for (one, _, is_down), tally in lived.recorder.update_air.items()
            if one == device and is_down
        )
        # A button's messages are cut for LoRa, whichever way they take: twice the packets.
        assert SIZE < down < SIZE * (1.3 if device >> 24 == codes.DOOR else 2.6)


def test_meters_that_hear_only_after_they_have_sent_are_updated_within_a_day_or_two() -> None:
    meters = """
[[devices]]
kind = "meter"
count = 4
bearers = ["lora"]
[lora]
gateways = 1
[[updates]]
kind = "meter"
content_bytes = 20000
pilots = 1
silence_h = 25.0
"""
    lived = begun(SMALL.partition("[[devices]]")[0] + meters)
    lived.env.run(until=48 * HOUR_US)
    lived.finish()
    assert {update.fate for update in lived.recorder.updates.values()} == {"running"}
    for tally in lived.recorder.update_air.values():
        # A packet of 51 bytes carries 23 of the image, and is acknowledged with 21.
        assert tally[1] < 2.4 * SIZE


def test_power_that_fails_in_the_middle_only_delays() -> None:
    lived = begun(SMALL + UPDATES.replace("pilots = 1", "bytes_per_s = 500"))
    doors = [twin for device, twin in lived.twins.items() if device >> 24 == codes.DOOR]
    lived.env.run(until=HOUR_US + 20_000_000)
    assert all(lived.recorder.is_transferring(door.device) for door in doors)
    for door in doors:
        door.lose_power(30_000_000)
    lived.env.run(until=2 * HOUR_US)
    lived.finish()
    assert {door.version for door in doors} == {NEW}


def test_power_that_fails_on_trial_does_not_cost_the_new_version() -> None:
    lived = begun(SMALL + UPDATES)
    door = next(iter(lived.twins.values()))
    while lived.recorder.updates.get(door.device) is None or (
        lived.recorder.updates[door.device].times_us[UpdateStage.RUNNING] is None
    ):
        lived.env.run(until=lived.env.now + 1_000_000)
    door.lose_power(1_000_000)
    lived.env.run(until=2 * HOUR_US)
    assert door.version == NEW


def test_a_forged_bundle_is_refused_by_all_it_is_offered_to() -> None:
    lived = begun(SMALL)
    lived.env.run(until=HOUR_US)
    forged = bytearray(bundle(codes.DOOR, NEW, ABI, 2_000))
    forged[100] ^= 1
    campaign = Campaign(bytes(forged))
    doors = [device for device in lived.twins if device >> 24 == codes.DOOR]
    for device in doors:
        lived.recorder.campaign(device, HOUR_US)
    campaign.add(doors)
    lived.hub.begin(campaign)
    lived._edge.act()
    lived.env.run(until=2 * HOUR_US)
    assert campaign.progress() == {Fate.REFUSED: 3}
    assert {lived.twins[device].version for device in doors} == {FIRMWARE}


def test_the_pace_is_kept() -> None:
    lived = begun(SMALL + UPDATES.replace("pilots = 1", "bytes_per_s = 100\npilots = 0"))
    lived.env.run(until=2 * HOUR_US)
    lived.finish()
    running = [
        update.times_us[UpdateStage.RUNNING]
        for device, update in lived.recorder.updates.items()
        if device >> 24 == codes.DOOR
    ]
    assert max(running) - HOUR_US > 3 * SIZE / 100 * 1e6


def test_the_table_is_there_for_campaigns_only() -> None:
    results = run(scenario.parse(SMALL + UPDATES, "test"), scenario_toml="", hours=1.5)
    rows = dict(campaign_table.rows(results.tables, results.meta.duration_s))
    assert rows["share"] == ["100 %", "100 %"]
    without = run(scenario.parse(SMALL, "test"), scenario_toml="", hours=0.5)
    assert campaign_table.rows(without.tables, without.meta.duration_s) == []
