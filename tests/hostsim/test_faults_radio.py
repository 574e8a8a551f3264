"""Gateways cut off or jammed: what is lost, whom it spares, and that all arrives afterwards."""

import random

import pytest
from simpy import Environment

from faulty_community import HOUR_US, TINY, Observed, fault
from linli_hostsim.clockwork import at
from linli_hostsim.faults.jamming import noises, rises_db
from linli_hostsim.faults.timing import begin
from linli_hostsim.lora.adr import NOISE_DBM
from linli_hostsim.lora.gateway import Gateway
from linli_hostsim.lora.region import CN470
from linli_hostsim.lora.sensitivity import GATEWAY_DBM
from linli_hostsim.packet import Direction, Fate
from linli_hostsim.recorder import Stage
from linli_hostsim.scenario import NodeFailure

# Meters, and buttons by radio only.
RADIO_ONLY = TINY.replace('["lora", "wifi"]', '["lora"]')
LOUD = {"at_h": 0.5, "minutes": 30.0, "power_dbm": 50.0}


def test_as_much_noise_again_costs_three_decibels() -> None:
    assert rises_db([{0: noises(NOISE_DBM)}]) == {0: pytest.approx(3.0103, abs=1e-4)}
    assert rises_db([{0: noises(NOISE_DBM)}, {0: noises(NOISE_DBM), 1: 9.0}]) == {
        0: pytest.approx(4.7712, abs=1e-4),
        1: pytest.approx(10.0),
    }


def test_noise_drowns_what_is_too_weak_for_it_on_its_channel_only() -> None:
    gateway = Gateway(Environment(), CN470)
    gateway.suffer({3: 10.0})
    weak, strong = GATEWAY_DBM[9] + 9.9, GATEWAY_DBM[9] + 10.1
    assert gateway.end(gateway.begin(3, 9, weak, 1)) is Fate.JAMMED
    assert gateway.end(gateway.begin(3, 9, strong, 1)) is None
    assert gateway.end(gateway.begin(4, 9, weak, 1)) is None
    assert gateway.end(gateway.begin(3, 9, GATEWAY_DBM[9] - 1, 1)) is Fate.BELOW_SENSITIVITY
    gateway.suffer({})
    assert gateway.end(gateway.begin(3, 9, weak, 1)) is None


def test_noise_that_begins_within_a_frame_spoils_it_and_frees_its_demodulator() -> None:
    gateway = Gateway(Environment(), CN470, demodulators=1)
    frame = gateway.begin(3, 9, GATEWAY_DBM[9] + 5, 1)
    gateway.suffer({3: 10.0})
    gateway.suffer({})
    assert gateway.end(frame) is Fate.JAMMED
    assert gateway.end(gateway.begin(3, 9, GATEWAY_DBM[9] + 5, 1)) is None


def test_nothing_gets_through_a_loud_jammer_and_all_of_it_afterwards() -> None:
    presses = fault("alarm_floods", at_h=0.6, share=1.0, within_min=10)
    quiet = RADIO_ONLY.replace("presses_per_user_month = 600.0", "presses_per_user_month = 0.0")
    observed = Observed(quiet + fault("jamming", **LOUD) + presses).live(2.5).finish()
    assert set(observed.fates("lora", from_h=0.51, to_h=1.0)) == {Fate.JAMMED}
    assert Fate.JAMMED not in observed.fates("lora", from_h=1.01)
    recorder = observed.community.recorder
    assert not recorder.abandoned
    # All three alarms that were raised meanwhile.
    at_hub = [times[Stage.AT_HUB] for times in recorder.alarms.values()]
    assert len(at_hub) == 3
    assert all(time_us > HOUR_US for time_us in at_hub)
    # What remains is of the last minutes.
    assert all(offered_us > 2.2 * HOUR_US for offered_us in recorder.outstanding.values())


def test_a_jammer_of_some_channels_leaves_the_others() -> None:
    many = RADIO_ONLY.replace("count = 3", "count = 60")
    presses = fault("alarm_floods", at_h=0.6, share=1.0, within_min=10)
    jamming = fault("jamming", channels=[0, 1, 2], **LOUD)
    observed = Observed(many + presses + jamming).live(1).finish()
    frames = [
        packet
        for time_us, packet in observed.ended
        if packet.bearer == "lora" and packet.direction is Direction.UP and time_us > 0.51 * HOUR_US
    ]
    jammed = {packet.channel for packet in frames if packet.fate is Fate.JAMMED}
    through = {packet.channel for packet in frames if packet.fate is Fate.DELIVERED}
    assert jammed == {0, 1, 2}
    assert through == {3, 4, 5, 6, 7}


def test_a_faint_jammer_does_nothing() -> None:
    plain = Observed(TINY).live(1).finish()
    faint = Observed(TINY + fault("jamming", at_h=0.0, power_dbm=-50.0)).live(1).finish()
    assert faint.fates("lora") == plain.fates("lora")


def test_devices_in_noise_are_heard_and_hear_nothing() -> None:
    observed = Observed(RADIO_ONLY)
    for radio in observed.community._networks["lora"].radios.values():
        radio.noise_rise_db = dict.fromkeys(range(9), 80.0)
    observed.live(1).finish()
    assert Fate.DELIVERED in observed.fates("lora")
    down = set(observed.fates("lora", Direction.DOWN))
    assert Fate.JAMMED in down
    assert Fate.DELIVERED not in down


def test_without_backhaul_nobody_hears_and_afterwards_all_arrives() -> None:
    outage = fault("backhaul", at_h=0.5, minutes=30.0)
    observed = Observed(RADIO_ONLY + outage).live(2.5).finish()
    during = observed.fates("lora", from_h=0.501, to_h=1.0)
    assert set(during) == {Fate.LINK_DOWN}
    recorder = observed.community.recorder
    assert not recorder.abandoned
    assert all(offered_us > 2.2 * HOUR_US for offered_us in recorder.outstanding.values())
    # What was sent in vain was on the air all the same.
    air = sum(row[0] for key, row in recorder.air.items() if key[0] == "lora" and not key[2])
    assert air == len(observed.fates("lora"))


def test_gateways_that_store_send_what_they_heard_when_they_are_connected_again() -> None:
    outage = fault("backhaul", at_h=0.5, minutes=30.0)
    store = "[backhaul]\nstore_packets = 5\n"
    observed = Observed(RADIO_ONLY + outage + store).live(2.5).finish()
    during = observed.fates("lora", Direction.UP, from_h=0.501, to_h=0.999)
    # Each gateway keeps the latest five: what they lose has been superseded by repetitions.
    assert set(during) == {Fate.QUEUE_FULL}
    back = observed.fates("lora", Direction.UP, from_h=1.0, to_h=1.001)
    assert 5 <= back.count(Fate.DELIVERED) <= 10 + 2
    assert not observed.community.recorder.abandoned


def test_with_one_gateway_left_nothing_is_lost_to_the_backhaul() -> None:
    outage = fault("backhaul", at_h=0.5, minutes=30.0, gateway=0)
    both = Observed(RADIO_ONLY + outage).live(1).finish()
    only = Observed(RADIO_ONLY.replace("gateways = 2", "gateways = 1") + outage).live(1).finish()
    window = {"from_h": 0.501, "to_h": 1.0}
    assert Fate.DELIVERED in both.fates("lora", **window)
    assert Fate.LINK_DOWN not in both.fates("lora", **window)
    assert Fate.DELIVERED not in only.fates("lora", **window)


def test_overlapping_outages_end_with_the_last() -> None:
    outages = fault("backhaul", at_h=0.5, minutes=30.0) + fault("backhaul", at_h=0.6, minutes=6.0)
    observed = Observed(RADIO_ONLY + outages).live(1.2).finish()
    assert set(observed.fates("lora", from_h=0.501, to_h=1.0)) == {Fate.LINK_DOWN}
    assert Fate.DELIVERED in observed.fates("lora", from_h=1.0)


def test_a_rate_is_so_many_a_month() -> None:
    env, times = Environment(), []
    begin(env, random.Random(3), NodeFailure(per_month=100), lambda: times.append(env.now))
    begin(env, random.Random(3), NodeFailure(at_h=2), lambda: at(env, 0, times.clear))
    env.run(until=100 * 730.5 * HOUR_US)
    # Poisson: a standard deviation of 100.
    assert len(times) == pytest.approx(10_000, abs=400)
