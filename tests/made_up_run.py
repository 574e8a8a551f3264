"""A made-up run for tests of results and report: lost messages, an alarm unanswered, a leak."""

import random

from linli_hostsim import tables
from linli_hostsim.packet import Direction, Fate
from linli_hostsim.recorder import Recorder, Stage
from linli_hostsim.results import Results
from linli_hostsim.tracker import Tally
from linli_protocol import codes, messages, words

HOUR_US = 3_600_000_000
SCENARIO = """name = "made-up"
description = "Nobody ran it"
households = 30
# <script>alert("scenario text is only text")</script>

[site]
width_m = 300.0
height_m = 200.0

[[devices]]
kind = "door"
count = 20
bearers = ["rs485"]

[[devices]]
kind = "meter"
count = 30
bearers = ["lora"]

[[devices]]
kind = "panic"
count = 10
bearers = ["lora"]
"""
FATES = {
    ("lora", Direction.UP, Fate.DELIVERED): Tally(9_000, 300_000, 900_000_000),
    ("lora", Direction.UP, Fate.COLLIDED): Tally(700, 24_000, 70_000_000),
    ("lora", Direction.UP, Fate.BELOW_SENSITIVITY): Tally(90, 3_000, 9_000_000),
    ("lora", Direction.DOWN, Fate.DELIVERED): Tally(4_000, 80_000, 400_000_000),
    ("lora", Direction.DOWN, Fate.RECEIVER_ASLEEP): Tally(12, 240, 1_200_000),
    ("rs485", Direction.UP, Fate.DELIVERED): Tally(5_000, 150_000, 20_000_000),
    ("rs485", Direction.UP, Fate.IN_FLIGHT): Tally(1, 30, 0),
}


def recorder(seed: int = 1, per_device: int = 40) -> Recorder:
    """Return the records of 60 devices over a day."""
    source = random.Random(seed)
    made = Recorder()
    kinds = [codes.METER] * 30 + [codes.DOOR] * 20 + [codes.PANIC] * 10
    typical_s = {codes.METER: 20.0, codes.DOOR: 0.3, codes.PANIC: 1.5}
    for device, kind in enumerate(kinds, start=1):
        made.register(device, kind)
        message = messages.READINGS if kind == codes.METER else messages.EVENT
        for identity in range(per_device):
            now_us = source.randrange(24 * HOUR_US)
            made.offered(device, message, identity, now_us)
            latency_us = round(source.lognormvariate(0, 1) * typical_s[kind] * 1e6)
            if source.random() < 0.005:
                made.given_up(device, message, identity)
            elif source.random() < 0.998:
                made.delivered(device, message, identity, now_us + latency_us)
            bearer = "rs485" if kind == codes.DOOR else "lora"
            channel = 0 if bearer == "rs485" else source.randrange(8)
            made.transmitted(bearer, channel, False, 30, 60_000, now_us, device)
        drawn = (0.0, None) if kind == codes.DOOR else (12.5, device / 10)
        made.totals(device, source.randrange(9), 0, 0, 1, 0, *drawn)
    for incident, device in enumerate(range(51, 61), start=1):
        raised_us = source.randrange(23 * HOUR_US)
        made.alarm(device, incident, Stage.RAISED, raised_us)
        made.alarm(device, incident, Stage.TRANSMITTED, raised_us + 40_000)
        if incident == 10:
            continue
        made.alarm(device, incident, Stage.AT_HUB, raised_us + 400_000 * incident)
        made.alarm(device, incident, Stage.ACKNOWLEDGED, raised_us + 1_100_000 * incident)
        made.alarm(device, incident, Stage.HELP_COMING, raised_us + 45_000_000)
    made.event(7, codes.LEAK, 5 * HOUR_US)
    made.event(7, codes.LEAK_ENDED, 9 * HOUR_US)
    for entry in range(500):
        made.event(40, codes.GRANTED, entry * 1_000_000)
    for entry in range(30):
        made.event(41, codes.DENIED_UNKNOWN, entry * 2_000_000_000)
    made.hub_use = {hour: [100 + 50 * hour, 100_000, 900 * hour, hour % 4] for hour in range(24)}
    made.places = tables.columns(
        "places",
        [("lora gateway", 0, 150.0, 100.0)]
        + [
            (words.DEVICE_KINDS[kind], device, 5.0 * device, 3.0 * device)
            for device, kind in enumerate(kinds, start=1)
        ],
    )
    made.links = tables.columns(
        "links",
        [
            # Device 60 is out of reach.
            (device, "lora", 0, 90.0 + device, 59.5 - device, int(device < 60), 7)
            for device, kind in enumerate(kinds, start=1)
            if kind != codes.DOOR
        ],
    )
    return made


def results(seed: int = 1, wall_s: float = 2.0, made: Recorder | None = None) -> Results:
    """Return the results of `recorder(seed)`, or of what was `made` else."""
    return Results.from_run(
        made or recorder(seed),
        FATES,
        scenario="made-up",
        scenario_toml=SCENARIO,
        seed=seed,
        duration_s=86_400,
        events=250_000,
        inputs={"water": ["hourly.csv: 8 760 rows, 3 of them dirty"]},
        wall_s=wall_s,
    )
