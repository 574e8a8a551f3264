"""Saturated Wi-Fi channels, by the model and as simulated, against ns-3's figures of Bianchi's."""

import random
from collections.abc import Sequence
from functools import partial

from simpy import Environment

from ..clockwork import US_PER_S, now_us
from ..streams import stream
from ..wifi.channel import Channel, Frame, Outcome, Sender
from ..wifi.dcf import MAC_BYTES, exchange_us
from ..wifi.saturation import frames_per_s
from .check import Check, Experiment, Group, Tolerance

# Mbit/s: ns-3, wifi-bianchi.cc, bianchiResultsEifs, OfdmRate6Mbps and on; their payload, and the 6
# bytes that their sockets add.
STATIONS = (5, 10, 20, 50)
NS3_MBPS = {
    6: (4.6899, 4.3197, 3.9589, 3.4711),
    12: (8.8972, 8.2154, 7.5415, 6.6225),
    24: (16.0836, 14.9153, 13.7300, 12.0889),
    54: (29.2861, 27.3763, 25.3325, 22.4162),
}
_PAYLOAD_BYTES = 1500
_LENGTH = _PAYLOAD_BYTES + 6 + MAC_BYTES
_FRAMES = 5_000
_SOURCE = "Bianchi's model as ns-3 has it, wifi-bianchi.cc"


def _mbps(frames: float) -> float:
    return frames * _PAYLOAD_BYTES * 8 / 1e6


def _model(stations: int, rate_mbps: int, _: int) -> Sequence[float]:
    return [_mbps(frames_per_s(stations, _LENGTH, rate_mbps))]


def _simulated(stations: int, rate_mbps: int, number: int) -> Sequence[float]:
    """Return what `stations` that always have a frame bring through the simulated channel."""
    env = Environment()
    source: random.Random = stream(number, "wifi", stations, rate_mbps)
    channel = Channel(env, source, loss=0.0, attempts=1_000_000)
    frame_us = exchange_us(_LENGTH, rate_mbps)
    sent = 0

    def send(sender: Sender) -> None:
        def done(_outcome: Outcome | None, _airtime_us: int) -> None:
            nonlocal sent
            sent += 1
            send(sender)

        sender.put(Frame(frame_us, done))

    for _ in range(stations):
        send(Sender(channel, 1))
    while sent < _FRAMES:
        env.step()
    return [_mbps(sent / (now_us(env) / US_PER_S))]


def group() -> Group:
    """Return the checks of Wi-Fi."""
    experiments = []
    for rate_mbps, figures in NS3_MBPS.items():
        for stations, theirs in zip(STATIONS, figures, strict=True):
            what = f"{stations} stations at {rate_mbps} Mbit/s, {_PAYLOAD_BYTES} B"
            model = Check(
                f"wifi/model-{rate_mbps}-{stations}",
                f"saturation throughput, model: {what}",
                "Mbit/s",
                theirs,
                # Theirs is solved on a grid of 10^4 points.
                Tolerance(relative=0.001),
                _SOURCE,
            )
            experiments.append(Experiment([model], partial(_model, stations, rate_mbps)))
            if rate_mbps in (6, 54):
                simulated = Check(
                    f"wifi/simulated-{rate_mbps}-{stations}",
                    f"saturation throughput, simulated: {what}",
                    "Mbit/s",
                    theirs,
                    # The model takes the chance of a collision to be the same for every attempt.
                    Tolerance(relative=0.02),
                    _SOURCE,
                )
                simulation = partial(_simulated, stations, rate_mbps)
                experiments.append(Experiment([simulated], simulation, 10, 2))
    return Group(
        "wifi",
        "Wi-Fi: stations that always have something to send",
        "the model of saturation; frames through the simulated channel",
        experiments,
    )
