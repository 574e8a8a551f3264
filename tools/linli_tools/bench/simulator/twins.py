"""Twins, end to end: sealed packets that were opened at the other end, a second of one core.

Each twin sends one confirmed report a simulated second, so that half of the packets are reports and
half are acknowledgements of one report each. The protocol on both sides, its cryptography, the
devices' stores and the account of packets and messages are those of every run; the bearer is
Ethernet that loses nothing, so that next to no time goes into physics. Joins and greetings come
before the count begins.
"""

import gc

from linli_firmware.actions import Send
from linli_hostsim.clockwork import US_PER_S, at
from linli_hostsim.community import Community
from linli_hostsim.packet import Fate
from linli_hostsim.residents import Residents
from linli_hostsim.scenario import parse
from linli_hostsim.twins import Twin
from linli_protocol import messages

from .stopwatch import Done, Stopwatch

JOINED_S = 60

_SCENARIO = """
name = "twins"
description = "Meters that report every second over a path that loses nothing"
households = {devices}

[[devices]]
kind = "meter"
count = {devices}
bearers = ["ethernet"]

[ethernet]
loss = 0.0
jitter_ms = 0.0

[people]
litres_per_household_day = 0.0
leak_share = 0.0

[hub]
processing_ms = 0.1
"""


def packets(devices: int, seconds: int) -> Done:
    """Return the sealed packets opened at the other end in so many simulated seconds."""
    scenario = parse(_SCENARIO.format(devices=devices), "twins")
    residents = Residents(scenario, scenario.seed, scenario.start)
    community = Community(scenario, scenario.seed, scenario.start, residents)
    community.start()
    community.env.run(until=JOINED_S * US_PER_S)
    before = _opened(community)
    for number, twin in enumerate(community.twins.values()):
        at(community.env, number * US_PER_S // devices, _report, community, twin)
    # As in a run: packets leave no cycles, and looking for them is wasted time.
    gc.collect()
    gc.disable()
    stopwatch = Stopwatch()
    community.env.run(until=(JOINED_S + seconds) * US_PER_S)
    done = stopwatch.done(_opened(community) - before)
    gc.enable()
    refused = sum(twin.counts[-1] for twin in community.twins.values())
    refused += sum(peer.association.refused.total() for peer in community.hub.peers.values())
    assert not refused, f"{refused} packets refused"
    return done


def _report(community: Community, twin: Twin) -> None:
    fields = {"time": twin.core.clock.unix(twin.now), "volume_l": 123_456, "flags": 0}
    twin.core.send(Send(messages.READING, fields), twin.now)
    twin.act()
    at(community.env, US_PER_S, _report, community, twin)


def _opened(community: Community) -> int:
    return sum(
        tally.packets
        for (_, _, fate), tally in community.tracker.settled.items()
        if fate is Fate.DELIVERED
    )
