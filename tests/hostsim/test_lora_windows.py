"""Receive windows, class C, off time and the choice of a gateway for the way down."""

from dataclasses import replace

import pytest

from communities import lived
from linli_hostsim.clockwork import US_PER_S, at, now_us
from linli_hostsim.lora.airtime import PREAMBLE_SYMBOLS, symbol_us
from linli_hostsim.lora.lorawan import frame_us
from linli_hostsim.lora.off_time import OffTimes
from linli_hostsim.lora.region import CN470, EU868
from linli_hostsim.packet import Fate, Packet
from lora_world import PAYLOAD, World, region

UP_US = frame_us(len(PAYLOAD), 7)
RX2_US = frame_us(len(PAYLOAD), 12)


def arrivals(world: World, number: int = 0) -> list[int]:
    """Return the list in which the times stand at which a radio has received something."""
    times: list[int] = []

    def out(packet: Packet) -> None:
        times.append(now_us(world.env))
        world.consume(packet)

    world.radios[number].out = out
    return times


def test_what_misses_the_first_window_goes_in_the_second_at_its_own_rate() -> None:
    world = World([[110.0]], has_second_window=True)
    times = arrivals(world)
    world.send_up(0)
    at(world.env, UP_US + US_PER_S + 1, world.send_down, 0)
    world.finish()
    assert times == [UP_US + 2 * US_PER_S + RX2_US]


def joined_in_a_storm(*keys: str) -> int:
    """Return how many of 200 devices in EU868 that start at once have joined half an hour later."""
    text = """
        name = "storm"
        description = "Everybody joins"
        households = 200
        [[devices]]
        kind = "meter"
        count = 200
        bearers = ["lora"]
        [lora]
        region = "EU868"
        """
    community = lived("\n".join((text, *keys)), 0.5)
    return sum(twin.core.link.association.current is not None for twin in community.twins.values())


def test_a_fast_second_window_lets_more_devices_join_at_once() -> None:
    neither = joined_in_a_storm()
    slow = joined_in_a_storm("second_window = true")
    fast = joined_in_a_storm("second_window = true", "rx2_spreading_factor = 9")
    assert neither < slow < fast
    assert fast > 2 * slow


def test_without_a_second_window_it_waits_for_the_next_uplink() -> None:
    world = World([[110.0]])
    world.send_up(0)
    packets: list[Packet] = []
    at(world.env, UP_US + US_PER_S + 1, lambda: packets.append(world.send_down(0)))
    world.finish()
    assert packets[0].fate is Fate.RECEIVER_ASLEEP


def test_one_uplink_brings_one_downlink_however_many_windows() -> None:
    world = World([[110.0]], has_second_window=True)
    times = arrivals(world)
    world.send_down(0)
    world.send_down(0)
    world.send_up(0)
    world.finish()
    assert times == [UP_US + US_PER_S + UP_US]


def test_the_second_window_costs_listening_and_time_unless_the_first_is_used() -> None:
    first_us = PREAMBLE_SYMBOLS * symbol_us(7)
    second_us = PREAMBLE_SYMBOLS * symbol_us(12)
    world = World([[110.0]], has_second_window=True)
    radio = world.radios[0]
    world.send_up(0)
    world.finish()
    assert radio.receive_us == first_us + second_us
    assert radio.awake_us == UP_US + 2 * US_PER_S + second_us
    world = World([[110.0]], has_second_window=True)
    world.send_down(0)
    world.send_up(0)
    world.finish()
    assert world.radios[0].receive_us == first_us + UP_US
    assert world.radios[0].awake_us == UP_US + US_PER_S + first_us + UP_US


def test_the_next_uplink_waits_for_the_second_window_too() -> None:
    world = World([[110.0]], has_second_window=True)
    packets = [world.send_up(0), world.send_up(0)]
    at(world.env, UP_US + 2 * US_PER_S, lambda: packets.append(world.send_up(0)))
    world.env.run(until=UP_US + 2 * US_PER_S + PREAMBLE_SYMBOLS * symbol_us(12))
    assert [packet.airtime_us for packet in packets] == [UP_US, 0, 0]
    world.finish()
    assert all(packet.fate is Fate.DELIVERED for packet in packets)


def test_a_gateway_silent_on_the_first_channel_answers_in_the_second_window() -> None:
    plan = replace(EU868, channels=5)  # those in one sub-band of 1 %
    world = World([[110.0], [110.0]], plan, has_second_window=True)
    times = arrivals(world, 1)
    first, second = world.send_down(0), world.send_down(1)
    world.send_up(0)
    at(world.env, UP_US + US_PER_S // 2, world.send_up, 1)
    world.finish()
    assert (first.fate, second.fate) == (Fate.DELIVERED, Fate.DELIVERED)
    assert second.channel == plan.rx2_channel
    assert times == [UP_US + US_PER_S // 2 + UP_US + 2 * US_PER_S + RX2_US]


def test_cn470_sends_no_frame_of_more_than_a_second() -> None:
    world = World([[110.0]], CN470, has_second_window=True)
    packets: list[Packet] = []

    def send(payload_bytes: int) -> None:
        packets.append(world.send_down(0))
        packets[-1].payload = bytes(payload_bytes)

    for payload_bytes, fate in ((23, Fate.DELIVERED), (24, None)):
        world.send_up(0)
        at(world.env, UP_US + US_PER_S + 1, send, payload_bytes)
        world.env.run(until=now_us(world.env) + 5 * US_PER_S)
        assert packets[-1].fate is fate
    assert frame_us(23, 11) <= US_PER_S < frame_us(24, 11)


def test_class_c_hears_at_once_from_where_it_was_heard_last() -> None:
    world = World([[110.0]], always_listens=True)
    times = arrivals(world)
    never = world.send_down(0)
    world.env.run(until=2 * US_PER_S)
    assert never.fate is None  # Nobody knows yet where it is.
    world.send_up(0)
    at(world.env, 5 * US_PER_S, world.send_down, 0)
    world.finish()
    assert times == [2 * US_PER_S + UP_US + UP_US, 7 * US_PER_S + UP_US]


def test_class_c_gets_all_that_is_held_one_after_the_other() -> None:
    world = World([[110.0]], always_listens=True)
    times = arrivals(world)
    for _ in range(4):
        world.send_down(0)
    world.send_up(0)
    world.finish()
    assert times == [UP_US + number * UP_US for number in range(1, 5)]


@pytest.mark.parametrize(
    ("duty_cycle", "arrived"), [(0.1, [UP_US + 10 * UP_US + UP_US]), (0.001, [])]
)
def test_class_c_waits_for_its_gateway_to_be_free(duty_cycle: float, arrived: list[int]) -> None:
    world = World([[110.0], [110.0]], region(duty_cycle), always_listens=True)
    times = arrivals(world, 1)
    world.send_down(0)
    world.send_up(0)
    at(world.env, 3 * UP_US, world.send_up, 1)
    at(world.env, 5 * UP_US, world.send_down, 1)
    world.finish()
    # After a thousandth the wait would be 57 s, and packets are held for 10 s.
    assert times == arrived


def test_a_class_c_radio_that_sends_hears_nothing_and_starts_none_while_it_hears() -> None:
    world = World([[110.0]], spreading_factor=12, always_listens=True)
    slow_us = frame_us(len(PAYLOAD), 12)
    world.send_up(0)
    world.env.run(until=slow_us)
    world.send_up(0)
    deaf = world.send_down(0)
    world.env.run(until=3 * slow_us)
    assert deaf.fate is Fate.DEVICE_TRANSMITTING
    heard = world.send_down(0)
    waits = world.send_up(0)
    world.env.run(until=4 * slow_us + 1)
    assert heard.fate is Fate.DELIVERED and waits.fate is None
    world.finish()
    assert waits.fate is Fate.DELIVERED


def test_class_c_listening_is_not_waited_for() -> None:
    world = World([[110.0]], always_listens=True)
    for _ in range(3):
        world.send_up(0)
    world.finish()
    assert now_us(world.env) == 3 * UP_US
    assert world.radios[0].awake_us == 3 * UP_US


# ns-3 lorawan, test/lorawan-test-suite.cc: 2 s at 1 % leave the sub-band silent for 198 s, for all
# its channels and no other's.
def test_off_time_is_ns3s() -> None:
    off_times = OffTimes(EU868)
    off_times.begin(6, 2 * US_PER_S, 0)
    silent_us = [off_times.until_us(channel) - 2 * US_PER_S for channel in (5, 6, 7)]
    assert silent_us == [198 * US_PER_S] * 3
    assert [off_times.until_us(channel) for channel in (0, 4, EU868.rx2_channel)] == [0] * 3
    off_times.begin(EU868.rx2_channel, 2 * US_PER_S, 0)
    assert off_times.until_us(EU868.rx2_channel) == 20 * US_PER_S


def test_a_device_that_keeps_the_off_time_changes_sub_bands_and_then_waits() -> None:
    world = World([[110.0]], EU868, keeps_off_time=True)
    packets = [world.send_up(0) for _ in range(4)]
    begun: list[int] = []
    begin = world.gateways[0].begin

    def noted(*arguments: object) -> object:
        begun.append(now_us(world.env))
        return begin(*arguments)

    world.gateways[0].begin = noted
    world.finish()
    bands = [EU868.sub_band[packet.channel] for packet in packets]
    assert bands[0] != bands[1] and bands[:2] == bands[2:]
    # The first was begun before it was noted.
    assert begun[0] < 2 * US_PER_S
    assert begun[1] == 100 * UP_US
    assert begun[2] == begun[0] + 100 * UP_US


def test_a_device_under_no_limit_keeps_none() -> None:
    world = World([[110.0]], CN470, keeps_off_time=True)
    world.send_up(0)
    world.send_up(0)
    world.finish()
    assert now_us(world.env) < 3 * US_PER_S


def test_the_plans_are_the_regulators() -> None:
    duty_cycles = [EU868.sub_bands[number].duty_cycle for number in EU868.sub_band]
    assert duty_cycles == [*[0.01] * 8, 0.1]
    assert (EU868.max_power_dbm, EU868.device_duty_cycle) == (14.0, 0.01)
    assert (CN470.max_power_dbm, CN470.device_duty_cycle) == (17.0, 1.0)
    with pytest.raises(ValueError, match="868700 kHz lies in no sub-band"):
        replace(EU868, channels=10)


# Two gateways hear both devices; which of them answers, and when.
def test_the_strongest_free_gateway_answers_and_the_next_when_it_is_busy() -> None:
    world = World([[110.0, 112.0], [110.0, 112.0]], region(channels=1000))
    first, second = world.send_down(0), world.send_down(1)
    sent: list[int] = []
    for index, gateway in enumerate(world.gateways):
        transmit = gateway.transmit

        def noted(*arguments: int, index: int = index, transmit: object = transmit) -> None:
            sent.append(index)
            transmit(*arguments)

        gateway.transmit = noted
    world.send_up(0)
    at(world.env, 10, world.send_up, 1)
    world.finish()
    assert (first.fate, second.fate) == (Fate.DELIVERED, Fate.DELIVERED)
    assert sent == [0, 1]


def test_a_gateway_that_answers_is_deaf_but_its_neighbour_is_not() -> None:
    for losses_db, fate in (([110.0], Fate.GATEWAY_TRANSMITTING), ([110.0, 112.0], None)):
        world = World([losses_db, losses_db], region(channels=1000))
        world.send_down(0)
        world.send_up(0)
        packets: list[Packet] = []
        window_us = UP_US + US_PER_S
        at(world.env, window_us + 10, lambda world=world, up=packets: up.append(world.send_up(1)))
        world.finish()
        assert packets[0].fate is (fate or Fate.DELIVERED)
        if fate is None:
            assert world.via[-1] == (1, packets[0])
