"""Airtime against independent tables, and the link budget that follows from it."""

import pytest

from linli_hostsim.lora.airtime import airtime_us
from linli_hostsim.lora.link_budget import spreading_factor
from linli_hostsim.lora.lorawan import frame_us
from linli_hostsim.lora.region import CN470, EU868

# PHY bytes: µs at SF7 to SF12, 125 kHz, 4/5, preamble 8, explicit header, CRC.
TABLE_US = {
    10: (41216, 72192, 144384, 288768, 577536, 991232),
    13: (46336, 82432, 164864, 288768, 577536, 1155072),
    20: (56576, 102912, 185344, 370688, 741376, 1318912),
    23: (61696, 113152, 205824, 370688, 823296, 1482752),
    33: (71936, 133632, 246784, 452608, 987136, 1810432),
    51: (102656, 184832, 328704, 616448, 1314816, 2465792),
    59: (112896, 205312, 369664, 657408, 1478656, 2629632),
    64: (118016, 215552, 390144, 698368, 1560576, 2793472),
    115: (194816, 348672, 615424, 1148928, 2461696, 4431872),
    222: (348416, 614912, 1106944, 2009088, 4427776, 8036352),
}

# ns-3 lorawan's time-on-air test: each row changes the one before it.
NS3_US = [
    ({"phy_bytes": 10, "spreading_factor": 7}, 41216),
    ({"spreading_factor": 8}, 72192),
    ({"implicit_header": True}, 72192),
    ({"coding_rate": 2}, 78336),
    ({"preamble_symbols": 10}, 82432),
    ({"low_rate": True}, 82432),
    ({"spreading_factor": 10}, 280576),
    ({"bandwidth_hz": 250_000}, 140288),
    ({"bandwidth_hz": 500_000}, 70144),
    ({"implicit_header": False}, 82432),
    ({"preamble_symbols": 8}, 78336),
    ({"spreading_factor": 12}, 264192),
    ({"phy_bytes": 50}, 657408),
    ({"bandwidth_hz": 125_000}, 2629632),
    ({"coding_rate": 1}, 2301952),
]


@pytest.mark.parametrize("phy_bytes", TABLE_US)
def test_airtime_table(phy_bytes: int) -> None:
    assert tuple(airtime_us(phy_bytes, factor) for factor in range(7, 13)) == TABLE_US[phy_bytes]


def test_airtime_agrees_with_ns3() -> None:
    parameters: dict[str, int | bool] = {}
    for change, expected_us in NS3_US:
        parameters |= change
        assert airtime_us(**parameters) == expected_us, parameters


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
