"""The link budget that follows from airtime, whose tables `validation.airtime` holds."""

from linli_hostsim.lora.airtime import airtime_us
from linli_hostsim.lora.link_budget import spreading_factor
from linli_hostsim.lora.lorawan import frame_us
from linli_hostsim.lora.region import CN470, EU868


def test_a_packet_travels_inside_a_lorawan_frame() -> None:
    assert frame_us(7, 12) == airtime_us(20, 12)


def test_spreading_factor_follows_the_worse_direction_and_the_margin() -> None:
    # 14 dBm - 128 dB - 10 dB margin meets the device's -124 dBm at SF7 exactly.
    assert spreading_factor(128.0, EU868, 10.0, 64) == 7
    assert spreading_factor(128.1, EU868, 10.0, 64) == 8
    assert spreading_factor(200.0, EU868, 10.0, 64) == 12


def test_chinas_limit_of_one_second_rules_out_slow_long_frames() -> None:
    assert spreading_factor(200.0, CN470, 10.0, 64) == 10
    assert spreading_factor(200.0, CN470, 10.0, 20) == 11
