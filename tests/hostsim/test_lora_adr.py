"""Adaptive data rate: what the network commands, what it costs, and how a device helps itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_hostsim import scenario
from linli_hostsim.clockwork import US_PER_S, now_us
from linli_hostsim.community import Community
from linli_hostsim.lora.adr import (
    ACK_DELAY,
    ACK_LIMIT,
    HISTORY,
    NOISE_DBM,
    REQUIRED_SNR_DB,
    DeviceAdr,
    NetworkAdr,
    advised,
)
from linli_hostsim.lora.airtime import airtime_us
from linli_hostsim.lora.lorawan import frame_us
from linli_hostsim.packet import Fate
from linli_hostsim.residents import Residents
from lora_world import PAYLOAD, World


@pytest.mark.parametrize(
    ("snr_db", "used", "expected"),
    [
        (5.0, (12, 14.0), (7, 14.0)),
        (15.0, (12, 14.0), (7, 8.0)),
        (-12.1, (12, 14.0), (12, 14.0)),
        (-7.0, (12, 14.0), (11, 14.0)),
        (60.0, (9, 14.0), (7, 0.0)),
        (-3.5, (7, 8.0), (7, 12.0)),
        (-30.0, (7, 2.0), (7, 14.0)),
        (-30.0, (9, 14.0), (9, 14.0)),
    ],
)
def test_semtechs_algorithm(
    snr_db: float, used: tuple[int, float], expected: tuple[int, float]
) -> None:
    assert advised(snr_db, *used, max_power_dbm=14.0, margin_db=10.0) == expected


@given(st.floats(-60, 60), st.integers(7, 12), st.integers(0, 7))
def test_it_takes_the_published_steps(snr_db: float, factor: int, power_index: int) -> None:
    """Sensors 21(3):695, algorithm 1, line by line; a power is one of LinkADRReq's eight."""
    power_dbm = 14.0 - 2 * power_index
    steps = int((snr_db - REQUIRED_SNR_DB[factor] - 10.0) / 3)
    expected_factor, expected_dbm = factor, power_dbm
    while steps > 0 and expected_factor > 7:
        expected_factor -= 1
        steps -= 1
    while steps > 0 and expected_dbm > 0.0:
        expected_dbm -= 2.0
        steps -= 1
    while steps < 0 and expected_dbm < 14.0:
        expected_dbm += 2.0
        steps += 1
    assert advised(snr_db, factor, power_dbm, 14.0, 10.0) == (expected_factor, expected_dbm)


def test_the_network_waits_for_twenty_uplinks_and_takes_the_best() -> None:
    adr = NetworkAdr(14.0, 10.0)
    for number in range(HISTORY):
        assert adr.command is None
        snr_db = -4.0 if number == 3 else -19.0
        adr.heard(NOISE_DBM + snr_db, 12, 14.0, is_asked=False)
    assert adr.command == (10, 14.0)
    # What was heard at the old rate says nothing any more.
    adr.heard(NOISE_DBM, 10, 14.0, is_asked=False)
    assert adr.command is None


def send_ups(world: World, count: int) -> list[int]:
    """Send so many uplinks, each after the last one's windows; return their airtimes in µs."""
    airtimes = []
    for _ in range(count):
        packet = world.send_up(0)
        airtimes.append(packet.airtime_us)
        world.env.run(until=now_us(world.env) + 20 * US_PER_S)
        assert packet.fate is Fate.DELIVERED
    return airtimes


def gateway_airtimes(world: World) -> list[int]:
    """Return the list in which the airtimes of the gateway's frames appear."""
    airtimes: list[int] = []
    gateway = world.gateways[0]
    transmit = gateway.transmit

    def noted(airtime_us: int, channel: int) -> None:
        airtimes.append(airtime_us)
        transmit(airtime_us, channel)

    gateway.transmit = noted
    return airtimes


def test_a_command_takes_a_frame_of_its_own_and_bytes_of_the_next_uplink() -> None:
    # At 14 - 130 dBm the SNR is 1 dB: 11 dB more than SF12 needs and the margin, three steps.
    world = World([[130.0]], spreading_factor=12, adr_margin_db=10.0)
    sent = gateway_airtimes(world)
    up = send_ups(world, HISTORY + 2)
    assert sent == [airtime_us(12 + 5, 12)]
    assert up[:HISTORY] == [frame_us(len(PAYLOAD), 12)] * HISTORY
    assert up[HISTORY:] == [frame_us(len(PAYLOAD) + 2, 9), frame_us(len(PAYLOAD), 9)]
    assert up[HISTORY] > up[HISTORY + 1]
    assert (world.radios[0].spreading_factor, world.radios[0].power_dbm) == (9, 14.0)


def test_a_command_rides_on_a_downlink_that_is_held() -> None:
    world = World([[121.0]], spreading_factor=12, adr_margin_db=10.0)
    send_ups(world, HISTORY - 1)
    sent = gateway_airtimes(world)
    packet = world.send_down(0)
    send_ups(world, 1)
    assert packet.fate is Fate.DELIVERED
    assert sent == [frame_us(len(PAYLOAD) + 5, 12)]
    assert world.radios[0].spreading_factor == 7


def test_a_command_that_is_not_heard_is_given_again() -> None:
    # At SF7 up with 14 dBm the gateway hears 14 - 140 dBm, the device does not hear the answer.
    world = World([[140.0]], adr_margin_db=-10.0)
    world.radios[0].power_dbm = 14.0
    world.radios[0].answered((7, 12.0))
    sent = gateway_airtimes(world)
    send_ups(world, HISTORY + 3)
    assert len(sent) == 4
    assert world.radios[0].power_dbm == 12.0


def test_time_on_the_air_is_counted_by_the_power_of_each_frame() -> None:
    world = World([[110.0]], adr_margin_db=10.0)
    radio = world.radios[0]
    up = send_ups(world, HISTORY + 2)
    assert radio.power_dbm < 14.0
    assert radio.transmit_us == {14.0: sum(up[:HISTORY]), radio.power_dbm: sum(up[HISTORY:])}


def test_class_c_is_told_once_for_each_uplink() -> None:
    world = World([[121.0]], spreading_factor=12, adr_margin_db=10.0, always_listens=True)
    sent = gateway_airtimes(world)
    send_ups(world, HISTORY + 5)
    assert len(sent) == 1
    assert world.radios[0].spreading_factor == 7


def test_an_unheard_device_asks_then_gives_in_step_by_step() -> None:
    adr = DeviceAdr(slowest=9, max_power_dbm=14.0)
    used = 7, 4.0
    changes = {}
    for number in range(1, 300):
        before = used
        used = adr.next(*used)
        assert adr.asks == (number > ACK_LIMIT)
        if used != before:
            changes[number - 1] = used
    last = ACK_LIMIT + 3 * ACK_DELAY
    assert changes == {
        ACK_LIMIT + ACK_DELAY: (7, 14.0),
        ACK_LIMIT + 2 * ACK_DELAY: (8, 14.0),
        last: (9, 14.0),
    }
    adr.answered()
    assert adr.next(*used) == used
    assert not adr.asks


def test_an_uplink_that_asks_gets_an_empty_frame() -> None:
    world = World([[133.0]], adr_margin_db=10.0)
    sent = gateway_airtimes(world)
    send_ups(world, ACK_LIMIT + 1 + ACK_LIMIT)
    assert sent == [airtime_us(12, 7)]


def test_a_community_with_adr_leaves_the_slowest_rate() -> None:
    text = scenario.read("tiny").replace("[lora]\n", "[lora]\nadr = true\n")
    described = scenario.parse(text, "test")
    community = Community(described, 1, described.start, Residents(described, 1, described.start))
    radios = community._networks["lora"].radios
    # What a second in China leaves.
    assert {radio.spreading_factor for radio in radios.values()} == {10}
    community.start()
    community.env.run(until=24 * 3600 * US_PER_S)
    community.finish()
    assert {radio.spreading_factor for radio in radios.values()} == {7}
    assert len({radio.power_dbm for radio in radios.values()}) > 1
