"""Time on air against a table and ns-3's unit vectors; what a duty cycle leaves of an hour."""

from collections.abc import Sequence
from functools import partial

from simpy import Environment

from ..clockwork import US_PER_H, US_PER_S
from ..lora.airtime import airtime_us
from ..lora.gateway import Gateway
from ..lora.region import EU868
from .check import EXACT, Check, Experiment, Group, Tolerance

_TABLE = "computed from the formula of the SX1276 datasheet, 4.1.1.7, by another program"
_NS3 = "ns-3 lorawan, time-on-air test"

# PHY bytes: µs at SF7 to SF12, 125 kHz, 4/5, preamble 8, explicit header, CRC.
_TABLE_US = {
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

# Each row changes the one before it.
_NS3_US: list[tuple[dict[str, int], int]] = [
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

# Frames of 20 bytes in an hour at a duty cycle of 1 %, SF7 to SF12.
_PER_HOUR = (636.3, 349.8, 194.2, 97.1, 48.6, 27.3)
_DUTY_CYCLE = 0.01


def _airtime(parameters: dict[str, int], _: int) -> Sequence[float]:
    return [airtime_us(**parameters)]


def _silence_us(sent_us: int) -> int:
    """Return how long a gateway is silent after a transmission, to half a percent of that."""
    env = Environment()
    gateway = Gateway(env, EU868)
    gateway.transmit(sent_us, channel=0)
    step_us = sent_us // 200
    while not gateway.may_transmit(channel=0):
        env.run(until=int(env.now) + step_us)
    return int(env.now) - sent_us


def _off_time(_: int) -> Sequence[float]:
    return [_silence_us(2 * US_PER_S) / US_PER_S]


def _per_hour(factor: int, _: int) -> Sequence[float]:
    sent_us = airtime_us(20, factor)
    return [US_PER_H / (sent_us + _silence_us(sent_us))]


def _of_table() -> list[Experiment]:
    return [
        Experiment(
            [
                Check(
                    f"airtime/{size}B-sf{factor}",
                    f"{size} B at SF{factor}",
                    "µs",
                    us,
                    EXACT,
                    _TABLE,
                )
            ],
            partial(_airtime, {"phy_bytes": size, "spreading_factor": factor}),
        )
        for size, row in _TABLE_US.items()
        for factor, us in zip(range(7, 13), row, strict=True)
    ]


def _of_ns3() -> list[Experiment]:
    experiments = []
    parameters: dict[str, int] = {}
    for number, (change, us) in enumerate(_NS3_US, 1):
        parameters = parameters | change
        what = ", ".join(f"{name} {value}" for name, value in change.items()).replace("_", " ")
        experiments.append(
            Experiment(
                [Check(f"airtime/ns3-{number}", f"then {what}", "µs", us, EXACT, _NS3)],
                partial(_airtime, parameters),
            )
        )
    return experiments


def _of_duty_cycle() -> list[Experiment]:
    off_time = Check(
        "airtime/off-time", "silence after 2 s at 1 %", "s", 198.0, EXACT, "ns-3 lorawan test"
    )
    rates = [
        Experiment(
            [
                Check(
                    f"airtime/duty-sf{factor}",
                    f"20 B at SF{factor}, 1 %: frames an hour",
                    "1/h",
                    rate,
                    Tolerance(absolute=0.1),
                    "derived: 36 s / time on air",
                )
            ],
            partial(_per_hour, factor),
        )
        for factor, rate in zip(range(7, 13), _PER_HOUR, strict=True)
    ]
    return [Experiment([off_time], _off_time), *rates]


def group() -> Group:
    """Return the checks of time on air."""
    return Group(
        "airtime",
        "LoRa: time on air",
        "the boards' own function, which the simulator uses too; a simulated gateway's silence",
        [*_of_table(), *_of_ns3(), *_of_duty_cycle()],
    )
