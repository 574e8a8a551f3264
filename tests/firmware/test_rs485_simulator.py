"""The bus of the firmware and that of the simulator keep the same time."""

import random

import pytest
from simpy import Environment

from linli_firmware.bearers import rs485
from linli_hostsim.infrastructure import rs485_network
from linli_hostsim.rs485 import Bus, silence_us
from linli_hostsim.tracker import Tracker


@pytest.mark.parametrize("baud", [9_600, 19_200, 38_400, 57_600, 115_200])
def test_a_cycle_takes_no_longer_than_the_firmware_allows_for(baud: int) -> None:
    bus = Bus(Environment(), Tracker(), random.Random(1), range(32), baud, 0.0)
    simulated_ms = bus.loaded_cycle_us(rs485.MTU) / 1000
    assert simulated_ms <= rs485.cycle_ms(32, baud) <= 1.25 * simulated_ms
    assert silence_us(baud) / 1000 <= rs485.silence_ms(baud) <= silence_us(baud) / 1000 + 1


def test_packets_are_as_long_here_as_there() -> None:
    assert rs485.MTU == rs485_network.MTU
