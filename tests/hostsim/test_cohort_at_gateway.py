"""A cohort does to twins' frames at a gateway what frames of twins would do there."""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy import Environment

from linli_hostsim.clockwork import at
from linli_hostsim.cohort.at_gateway import AtGateway, AtGateways
from linli_hostsim.cohort.background import Background
from linli_hostsim.cohort.frames import Frames, Receptions
from linli_hostsim.cohort.transmissions import Transmissions
from linli_hostsim.cohort.world import Air
from linli_hostsim.lora.airtime import SPREADING_FACTORS
from linli_hostsim.lora.gateway import Gateway
from linli_hostsim.lora.interference import BY_NAME
from linli_hostsim.lora.region import CN470
from linli_hostsim.packet import Fate

SPAN_US = 2_000_000


@dataclass(frozen=True)
class Frame:
    begin_us: int
    end_us: int
    channel: int
    spreading_factor: int
    rssi_dbm: float


frames = st.lists(
    st.builds(
        lambda begin, length, channel, factor, rssi: Frame(
            begin, begin + length, channel, factor, float(rssi)
        ),
        # Odd times of twins and even ones of the cohort: nothing is to begin at the same time.
        st.integers(1, SPAN_US // 4).map(lambda quarter: 4 * quarter),
        st.integers(10_000, 200_000).map(lambda half: 2 * half),
        st.integers(0, 1),
        st.integers(7, 9),
        st.integers(-126, -95),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda frame: frame.begin_us,
)
# The time from one answer's end to the next one's begin, and how long that takes.
sendings = st.lists(st.tuples(st.integers(1, SPAN_US // 8), st.integers(5_000, 50_000)), max_size=3)


def background(heard: list[Frame], sent: list[tuple[int, int]]) -> Background:
    """Return what a cohort is on the air with at gateway 0."""
    heard = sorted(heard, key=lambda frame: frame.begin_us)
    column = [np.array([getattr(frame, name) for frame in heard]) for name in Frame.__annotations__]
    begin_us, end_us, channel, factor, rssi_dbm = column
    nowhere = np.zeros(len(heard), np.int64)
    receptions = Receptions.new(np.arange(len(heard)), nowhere, rssi_dbm)
    receptions.locked[:] = True
    frames = Frames(begin_us, end_us, channel, factor - SPREADING_FACTORS[0])
    begin = np.array([begin for begin, _ in sent], np.int64)
    length = np.array([length for _, length in sent], np.int64)
    transmissions = Transmissions.of(np.zeros(len(sent), np.int64), begin, begin + length)
    return Background(SPAN_US, Air(frames, receptions, nowhere, nowhere), transmissions)


class World:
    """One gateway, and what became of the frames that began there."""

    def __init__(self, name: str, demodulators: int = 1000) -> None:
        self.env = Environment()
        self.gateway = Gateway(self.env, CN470, demodulators, BY_NAME[name])
        self.fates: dict[Frame, Fate | None] = {}

    def hear(self, frame: Frame) -> None:
        at(self.env, frame.begin_us, self._begin, frame)

    def _begin(self, frame: Frame) -> None:
        reception = self.gateway.begin(
            frame.channel, frame.spreading_factor, frame.rssi_dbm, frame.end_us
        )
        at(self.env, frame.end_us - frame.begin_us, self._end, frame, reception)

    def _end(self, frame: Frame, reception: object) -> None:
        self.fates[frame] = self.gateway.end(reception)  # type: ignore[arg-type]

    def be_among(self, name: str, cohort: Background) -> AtGateways:
        """Have the gateway serve a cohort besides."""
        everywhere = AtGateways(BY_NAME[name])
        everywhere.background = cohort
        self.gateway.others = AtGateway(0, everywhere)
        return everywhere


@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=60, deadline=None)
@given(cohort=frames, twins=frames, sent=sendings)
def test_a_twins_frame_is_received_among_a_cohort_if_it_is_among_twins(
    name: str, cohort: list[Frame], twins: list[Frame], sent: list[tuple[int, int]]
) -> None:
    twins = [
        Frame(f.begin_us + 1, f.end_us + 1, f.channel, f.spreading_factor, f.rssi_dbm)
        for f in twins
    ]
    ends = accumulate(4 * (gap + length) for gap, length in sent)
    sent = [(end - 4 * length + 2, 4 * length) for end, (_, length) in zip(ends, sent, strict=True)]
    every = World(name)
    for frame in cohort + twins:
        every.hear(frame)
    for begin_us, length_us in sent:
        at(every.env, begin_us, every.gateway.transmit, length_us, 0)
    every.env.run()
    some = World(name)
    everywhere = some.be_among(name, background(cohort, sent))
    for frame in twins:
        some.hear(frame)
    some.env.run()
    found = {frame: fate is None for frame, fate in some.fates.items()}
    assert found == {frame: every.fates[frame] is None for frame in twins}
    (heard, receptions), _ = everywhere.take(2 * SPAN_US)
    assert heard.begin_us.tolist() == sorted(frame.begin_us for frame in twins)
    assert len(receptions) == len(twins)


def test_demodulators_that_a_cohort_holds_are_no_twins() -> None:
    strong = [Frame(0, 100_000, 0, 7, -100.0), Frame(10, 100_000, 1, 7, -100.0)]
    twin = Frame(50_000, 150_000, 2, 7, -100.0)
    for demodulators, fate in ((2, Fate.NO_DEMODULATOR), (3, None)):
        world = World("none", demodulators)
        world.be_among("none", background(strong, []))
        world.hear(twin)
        world.env.run()
        assert world.fates[twin] == fate


def test_a_gateway_that_answers_a_cohort_sends_twins_nothing_and_hears_none() -> None:
    world = World("none")
    everywhere = world.be_among("none", background([Frame(0, 9, 0, 7, -100.0)], [(100, 50_000)]))
    late = Frame(200, 90_000, 2, 7, -100.0)
    world.hear(late)
    world.env.run(until=1_000)
    assert not world.gateway.may_transmit(0)
    world.env.run(until=60_000)
    assert world.gateway.may_transmit(0)
    world.gateway.transmit(7_000, 0)
    world.env.run()
    assert world.fates[late] == Fate.GATEWAY_TRANSMITTING
    _, sent = everywhere.take(SPAN_US)
    assert (sent.begin_us.tolist(), sent.end_us.tolist()) == ([60_000], [67_000])
    assert not len(everywhere.take(SPAN_US)[1])
