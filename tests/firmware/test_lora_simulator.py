"""Boards and the simulator know the same limits of LoRa."""

from linli_firmware.bearers.lora_regions import region
from linli_hostsim.lora.region import REGIONS


def test_boards_and_simulator_agree_on_the_regions() -> None:
    for name, simulated in REGIONS.items():
        board = region(name)
        assert board.channels == simulated.channels
        assert board.max_power_dbm == simulated.max_power_dbm
        assert (board.duty_permille or 1000) == simulated.device_duty_cycle * 1000
        assert (board.max_airtime_us or None) == simulated.max_airtime_us
