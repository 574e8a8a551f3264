"""Boards and the simulator count LoRa's airtime and limits alike."""

from linli_firmware.bearers.lora_airtime import airtime_us
from linli_firmware.bearers.lora_regions import region
from linli_hostsim.lora import airtime
from linli_hostsim.lora.region import REGIONS


def test_boards_and_simulator_agree_on_the_time_on_air() -> None:
    for spreading_factor in range(7, 13):
        for bandwidth_hz in (125_000, 250_000, 500_000):
            for length in range(256):
                arguments = (length, spreading_factor, bandwidth_hz)
                assert airtime_us(*arguments) == airtime.airtime_us(*arguments)


def test_boards_and_simulator_agree_on_the_regions() -> None:
    for name, simulated in REGIONS.items():
        board = region(name)
        assert board.channels == simulated.channels
        assert board.max_power_dbm == simulated.max_power_dbm
        assert (board.duty_permille or 1000) == simulated.device_duty_cycle * 1000
        assert (board.max_airtime_us or None) == simulated.max_airtime_us
