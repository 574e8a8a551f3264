"""A cohort of devices does what devices do one by one, however it is cut into windows."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy import Environment

from linli_hostsim.clockwork import US_PER_H, US_PER_S, at, now_us
from linli_hostsim.cohort.acknowledgements import NOBODY, Answers, Transmitters
from linli_hostsim.cohort.batteries import batteries
from linli_hostsim.cohort.city import city
from linli_hostsim.cohort.cohort import Cohort
from linli_hostsim.cohort.frames import Frames, Receptions
from linli_hostsim.cohort.histogram import Histogram
from linli_hostsim.cohort.messages import Messages
from linli_hostsim.cohort.outages import Outage
from linli_hostsim.cohort.reach import Reach
from linli_hostsim.cohort.reception import Receiver
from linli_hostsim.cohort.schedule import Schedule
from linli_hostsim.cohort.tallies import Tallies
from linli_hostsim.cohort.transmissions import Transmissions
from linli_hostsim.cohort.world import CHANNEL, Joining, Kind, World
from linli_hostsim.draws import uniform
from linli_hostsim.energy.activity import Activity, budget_of
from linli_hostsim.energy.lora_time import exchange
from linli_hostsim.energy.typical import HARDWARE
from linli_hostsim.lora.air import Air
from linli_hostsim.lora.airtime import SPREADING_FACTORS
from linli_hostsim.lora.downlink import Downlinks
from linli_hostsim.lora.gateway import Gateway
from linli_hostsim.lora.interference import BY_NAME
from linli_hostsim.lora.link_budget import Link
from linli_hostsim.lora.lorawan import frame_us
from linli_hostsim.lora.radio import Radio
from linli_hostsim.lora.region import CN470, EU868, Region
from linli_hostsim.lora.sensitivity import NS3
from linli_hostsim.packet import HUB, Direction, Fate, Packet
from linli_hostsim.tracker import Tracker
from linli_protocol import codes

GATEWAYS = 3
HUB_US = 50_000
DEMODULATORS = 2
# Each device has one message in this time, so that none waits for its own radio.
UNTIL_US = 40 * US_PER_S
KINDS = (Kind("meter", 80, 40.0, 0.0, 48), Kind("button", 40, 40.0, 0.0, 30, 24))


JOINING = Joining(
    within_s=20.0, request_bytes=37, accept_bytes=47, greeting_bytes=29, time_bytes=31
)


def small_world(
    region: Region, name: str, seed: int, kinds: tuple[Kind, ...] = KINDS, loss: float = 0.0
) -> World:
    """Return so many devices around three gateways that most rules come to bear."""
    source = np.random.default_rng(seed)
    devices = sum(kind.devices for kind in kinds)
    losses_db = np.sort(source.uniform(100.0, 148.0, (devices, GATEWAYS)), axis=1)
    gateway = np.array([source.permutation(GATEWAYS) for _ in range(devices)], np.int32)
    reach = Reach(
        np.arange(devices + 1) * GATEWAYS,
        gateway.ravel(),
        losses_db.ravel().astype(np.float32),
        source.integers(0, 4, devices),
    )
    receiver = Receiver(BY_NAME[name], DEMODULATORS)
    return World(kinds, reach, receiver, region, seed, loss=loss)


def as_numbers(tallies: Tallies) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields(tallies):
        value = getattr(tallies, field.name)
        if isinstance(value, list):
            found[field.name] = [
                (histogram.counts.tolist(), histogram.sum_us) for histogram in value
            ]
        else:
            found[field.name] = np.asarray(value).tolist()
    return found


class CountingGateway(Gateway):
    """A gateway that knows how often it transmitted."""

    transmissions = 0

    def transmit(self, airtime_us: int, channel: int) -> None:
        self.transmissions += 1
        super().transmit(airtime_us, channel)


class OneByOne:
    """The same devices as radios, gateways and a hub in SimPy, with the same draws."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.env = Environment()
        self.tracker = Tracker()
        self.frames = 0
        # When each device's only message was acknowledged.
        self.done_us: dict[int, int] = {}
        self.delivered: set[int] = set()
        air = Air(self.env, self.tracker)
        region, rules = world.region, BY_NAME[name]
        self.gateways = [
            CountingGateway(self.env, region, DEMODULATORS, rules) for _ in range(GATEWAYS)
        ]
        for gateway in self.gateways:
            gateway.out = self.received
        self.downlinks = Downlinks(self.env, self.tracker, region, 600 * US_PER_S)
        self.draw = 0.0
        self.radios = []
        for device in range(len(world.kind)):
            _, number = world.reach.links(np.array([device]))
            links = [
                Link(self.gateways[gateway], float(loss))
                for gateway, loss in zip(
                    world.reach.gateway[number], world.reach.loss_db[number], strict=True
                )
            ]
            factor = 7 + int(world.reach.row[device])
            radio = Radio(
                self.env, air, self.tracker, self, device + 1, region, factor, links, rules
            )
            radio.out = self.acknowledged
            self.downlinks.attach(radio)
            self.radios.append(radio)
        for device, time_us in due(world):
            at(self.env, time_us, self.send, device, 0)

    def random(self) -> float:
        """Return what the radio that sends now draws its channel by."""
        return self.draw

    def send(self, device: int, attempt: int) -> None:
        if device in self.done_us:
            return
        one, zero, tries = np.array([device]), np.array([0]), np.array([attempt])
        self.draw = float(uniform(self.world.seed, CHANNEL, one, zero, tries)[0])
        self.frames += 1
        self.radios[device].put(
            self.packet(device + 1, HUB, KINDS[self.world.kind[device]].report_bytes)
        )
        message = Messages.new(one, zero, np.array([now_us(self.env)]))
        timeout_us = self.world.timeout_us(one)
        due_us = message.next_due_us(zero, attempt, message.due_us, timeout_us, self.world.seed)
        at(self.env, int(due_us[0]) - now_us(self.env), self.send, device, attempt + 1)

    def packet(self, source: int, destination: int, length: int) -> Packet:
        direction = Direction.UP if destination == HUB else Direction.DOWN
        payload = bytes(length)
        made = Packet(source, destination, payload, 3, 1, "lora", direction, now_us(self.env))
        self.tracker.create(made)
        return made

    def received(self, packet: Packet) -> None:
        self.tracker.settle(packet, Fate.DELIVERED)
        at(self.env, HUB_US, self.at_hub, packet.source - 1)

    def at_hub(self, device: int) -> None:
        self.delivered.add(device)
        length = KINDS[self.world.kind[device]].acknowledgement_bytes
        self.downlinks.put(self.packet(HUB, device + 1, length))

    def acknowledged(self, packet: Packet) -> None:
        self.tracker.settle(packet, Fate.DELIVERED)
        self.done_us.setdefault(packet.destination - 1, now_us(self.env))


def due(world: World) -> list[tuple[int, int]]:
    """Return each device's first report."""
    intervals_us = np.array([round(kind.interval_s * US_PER_S) for kind in KINDS])[world.kind]
    schedule = Schedule(intervals_us, np.zeros_like(intervals_us), world.seed)
    device, _, time_us = schedule.take(UNTIL_US)
    return list(zip(device.tolist(), time_us.tolist(), strict=True))


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("region", [CN470, EU868], ids=["CN470", "EU868"])
@pytest.mark.parametrize("seed", range(4))
def test_a_cohort_does_what_its_devices_do_one_by_one(region: Region, name: str, seed: int) -> None:
    world = small_world(region, name, seed)
    cohort = Cohort(world, GATEWAYS, HUB_US)
    cohort.window(UNTIL_US)
    simulated = OneByOne(world, name)
    simulated.env.run(until=UNTIL_US)
    tallies, settled = cohort.tallies, simulated.tracker.settled
    fates = tallies.fates.sum(axis=0)
    ups = {fate: settled["lora", Direction.UP, fate].packets for fate in Fate}
    assert [ups[fate] for fate in Fate] == fates.tolist()
    assert simulated.frames == tallies.frames.sum()
    transmissions = sum(gateway.transmissions for gateway in simulated.gateways)
    assert transmissions == tallies.answers.sum()
    # What is on its way to hub or device as time ends is counted as there.
    simulated.env.run(until=UNTIL_US + US_PER_S // 2)
    late_us = [
        time_us - frame_us(KINDS[world.kind[device]].acknowledgement_bytes, factor)
        for device, time_us in simulated.done_us.items()
        for factor in [7 + int(world.reach.row[device])]
    ]
    assert sum(time_us < UNTIL_US for time_us in late_us) == tallies.acknowledged.sum()
    # Not so calm that nothing is put to the test.
    assert fates[Fate.GATEWAY_TRANSMITTING] and fates[Fate.NO_DEMODULATOR]
    assert tallies.retransmissions.sum() > 20


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("region", [CN470, EU868], ids=["CN470", "EU868"])
def test_windows_of_any_length_give_the_same_results(region: Region, name: str) -> None:
    results = []
    for windows in (1, 4, 97):
        cohort = Cohort(small_world(region, name, 7), GATEWAYS, HUB_US)
        for number in range(windows):
            cohort.window(UNTIL_US * (number + 1) // windows)
        results.append((as_numbers(cohort.tallies), cohort.frames.total.tolist()))
    assert results[0] == results[1] == results[2]


def test_joins_losses_and_outages_come_to_the_same_in_windows_of_any_length() -> None:
    # Reports come later.
    kinds = tuple(replace(kind, joining=JOINING, interval_s=1e7) for kind in KINDS)
    outages = [
        Outage(3 * US_PER_S, 9 * US_PER_S, Fate.SERVICE_DOWN),
        Outage(15 * US_PER_S, 22 * US_PER_S, Fate.LINK_DOWN, (1,)),
    ]
    results = []
    for windows in (1, 4, 97):
        cohort = Cohort(small_world(CN470, "none", 7, kinds, loss=0.05), GATEWAYS, HUB_US)
        for number in range(windows):
            cohort.window(UNTIL_US * (number + 1) // windows, outages=outages)
        results.append((cohort.up.fates.tolist(), cohort.down.fates.tolist()))
    assert results[0] == results[1] == results[2]
    packets = dict(zip(Fate, cohort.up.fates[:, 0].tolist(), strict=True))
    for fate in (Fate.SERVICE_DOWN, Fate.LINK_DOWN, Fate.CORRUPTED):
        assert packets[fate] >= 3


def test_devices_report_once_they_have_joined_and_a_day_later_are_told_the_time() -> None:
    kind = Kind("meter", 2, 7200.0, 0.0, 48, 21, None, 1, JOINING)
    # The second one is heard but hears no answer.
    losses_db = np.array([120.0, 138.9], np.float32)
    gateway, row = np.zeros(2, np.int32), np.array([0, 3])
    reach = Reach(np.arange(3), gateway, losses_db, row)
    # Devices hear as badly as can be, so that they lack an answer and not the gateway a frame.
    deaf = replace(NS3, device_dbm=dict.fromkeys(NS3.device_dbm, -110.0))
    world = World([kind], reach, Receiver(), CN470, 1, deaf)
    cohort = Cohort(world, 1, HUB_US)
    cohort.run(30 * US_PER_H)
    assert cohort.offered.total.tolist() == cohort.delivered.total.tolist() == [15, 0]
    assert cohort.frames.total[0] == 1 + 1 + 15
    assert cohort.retransmissions.total.tolist() == [0, 0]
    # It asks for ever, at least every 15 min.
    assert cohort.frames.total[1] > 30 * 4
    accepts, greetings, reports, times = 47, 21, 14 * 21, 31
    sent = 37 + 29 + 15 * 48
    assert cohort.bytes_on_air.total[0] == sent + accepts + greetings + reports + times


def test_a_city_is_the_same_in_long_windows_and_in_short_ones() -> None:
    found = []
    for window_s in (60, 600):
        cohort = city(2000, 3)
        while cohort.now_us < US_PER_H:
            cohort.window(cohort.now_us + window_s * US_PER_S)
        found.append(as_numbers(cohort.tallies))
    assert found[0] == found[1]


def test_a_city_reports_as_often_as_it_should_and_nearly_all_arrives() -> None:
    cohort = city(3000, 1)
    cohort.run(24 * US_PER_H)
    tallies = cohort.tallies
    assert tallies.offered.sum() / 3000 == pytest.approx(11.2, rel=0.02)
    assert tallies.delivered.sum() / tallies.offered.sum() > 0.999
    assert cohort.frames.total.sum() == tallies.frames.sum()
    answer_us = np.array([frame_us(20, factor) for factor in SPREADING_FACTORS])
    answers = cohort.answers_us.total / answer_us[cohort.world.reach.row]
    assert answers.sum() == pytest.approx(tallies.answers.sum())
    # A report at SF7 is there after its airtime and the way to the hub.
    assert tallies.delivery[0].quantile_us(0.2) == pytest.approx(117_996 + 50_000, rel=0.05)


answers_of_all_kinds = st.lists(
    st.tuples(
        st.integers(0, 2_000), st.integers(1, 300), st.integers(0, 8), st.permutations([0, 1, 2])
    ),
    max_size=30,
)


@settings(max_examples=200, deadline=None)
@given(
    rows=answers_of_all_kinds,
    strangers=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2_000)), max_size=3),
)
@pytest.mark.parametrize("region", [CN470, EU868], ids=["CN470", "EU868"])
def test_gateways_answer_in_turn(
    region: Region, rows: list[tuple[int, int, int, list[int]]], strangers: list[tuple[int, int]]
) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    count = len(rows)
    column = [np.array([row[at] for row in rows], np.int64) for at in range(3)]
    gateway = np.array([number for row in rows for number in row[3]], np.int64)
    nothing = np.zeros(count, np.int64)
    answers = Answers(
        column[0] * 1000,
        column[1] * 1000,
        column[2] % region.channels,
        nothing,
        nothing,
        nothing > 0,
        np.arange(count) * 3,
        nothing + 3,
        gateway,
        np.ones(len(gateway), np.bool_),
    )
    begin_us = np.array([time * 1000 for _, time in strangers], np.int64)
    others = Transmissions.of(
        np.array([number for number, _ in strangers], np.int64), begin_us, begin_us + 50_000
    )
    transmitters = Transmitters(region, 3)
    chosen = transmitters.answer(answers, others)
    until_us = [0] * 3
    off_us = [[0] * len(region.sub_bands) for _ in range(3)]
    for number, (time, airtime, channel, order) in enumerate(rows):
        now = time * 1000
        for stranger, begin, end in zip(
            others.gateway, others.begin_us, others.end_us, strict=True
        ):
            if begin <= now:
                until_us[stranger] = max(until_us[stranger], end)
        band = region.sub_band[channel % region.channels]
        free = [at for at in order if now >= until_us[at] and now >= off_us[at][band]]
        expected = NOBODY
        if free:
            expected = free[0]
            until_us[expected] = now + airtime * 1000
            off_us[expected][band] = now + round(airtime * 1000 / region.sub_bands[band].duty_cycle)
        found = NOBODY if chosen[number] == NOBODY else gateway[chosen[number]]
        assert found == expected


def test_reports_come_at_their_interval_however_they_are_taken() -> None:
    intervals_us, jitters_us = np.array([10, 7, 25]) * US_PER_S, np.array([0, 3, 25]) * US_PER_S
    at_once = Schedule(intervals_us, jitters_us, 5).take(1000 * US_PER_S)
    schedule = Schedule(intervals_us, jitters_us, 5)
    bit_by_bit = [schedule.take(end * US_PER_S) for end in (1, 3, 300, 300, 650, 1000)]
    for column, parts in zip(at_once, zip(*bit_by_bit, strict=True), strict=True):
        assert column.tolist() == np.concatenate(parts).tolist()
    device, number, time_us = at_once
    for index, interval_us in enumerate(intervals_us):
        mine = device == index
        late_us = time_us[mine] - number[mine] * interval_us
        assert np.ptp(late_us) <= jitters_us[index]
        assert abs(np.count_nonzero(mine) - 1000 * US_PER_S / interval_us) <= 2


def test_a_histograms_quantiles_are_within_a_bin() -> None:
    durations_us = np.random.default_rng(1).lognormal(13, 2, 50_000).astype(np.int64)
    histogram = Histogram()
    for part in np.array_split(durations_us, 7):
        histogram.add(part)
    assert histogram.count == len(durations_us)
    assert histogram.mean_us == pytest.approx(durations_us.mean())
    for share in (0.1, 0.5, 0.99, 1.0):
        exact = np.quantile(durations_us, share, method="inverted_cdf")
        assert exact <= histogram.quantile_us(share) <= exact * 1.023


def test_draws_are_uniform_and_belong_to_their_keys() -> None:
    keys = np.arange(100_000)
    draws = uniform(1, 2, keys, keys % 7)
    assert draws.mean() == pytest.approx(0.5, abs=0.005)
    assert np.histogram(draws, 20, (0, 1))[0] == pytest.approx(np.full(20, 5000), abs=300)
    assert np.corrcoef(draws[1:], draws[:-1])[0, 1] == pytest.approx(0.0, abs=0.01)
    some = keys[::-1][:10]
    assert (uniform(1, 2, some, some % 7) == draws[some]).all()
    assert (uniform(2, 2, keys, keys % 7) != draws).all()
    assert (uniform(1, 3, keys, keys % 7) != draws).all()


def strangers(seed: int) -> tuple[Frames, Receptions, Transmissions]:
    """Return frames and transmissions that are not the cohort's."""
    source = np.random.default_rng(seed)
    begin_us = np.sort(source.integers(0, UNTIL_US, 60))
    row = source.integers(0, 4, 60)
    frames = Frames(begin_us, begin_us + (50_000 << row), source.integers(0, 8, 60), row)
    receptions = Receptions.new(
        np.repeat(np.arange(60), GATEWAYS),
        np.tile(np.arange(GATEWAYS), 60),
        np.sort(source.uniform(-130, -80, (60, GATEWAYS)))[:, ::-1].ravel(),
        adds_up=True,
    )
    begin_us = source.integers(0, UNTIL_US, 20)
    others = Transmissions.of(source.integers(0, GATEWAYS, 20), begin_us, begin_us + 200_000)
    return frames, receptions, others


@pytest.mark.parametrize("region", [CN470, EU868], ids=["CN470", "EU868"])
def test_strangers_do_the_same_in_windows_of_any_length(region: Region) -> None:
    frames, receptions, others = strangers(1)
    results = []
    for windows in (1, 5, 80):
        cohort = Cohort(small_world(region, "goursaud", 7), GATEWAYS, HUB_US)
        for number in range(windows):
            end_us = UNTIL_US * (number + 1) // windows
            now = (frames.begin_us >= cohort.now_us) & (frames.begin_us < end_us)
            then = (others.begin_us >= cohort.now_us) & (others.begin_us < end_us)
            cohort.window(end_us, (frames.take(now), receptions.of_frames(now)), others.take(then))
        results.append(as_numbers(cohort.tallies))
    assert results[0] == results[1] == results[2]
    alone = Cohort(small_world(region, "goursaud", 7), GATEWAYS, HUB_US)
    alone.window(UNTIL_US)
    assert alone.tallies.acknowledged.sum() > np.sum(results[0]["acknowledged"])


def test_a_gateway_that_transmits_all_the_time_hears_nobody() -> None:
    cohort = Cohort(small_world(CN470, "none", 1), GATEWAYS, HUB_US)
    gateways = np.arange(GATEWAYS)
    busy = Transmissions.of(gateways, 0 * gateways, 0 * gateways + UNTIL_US)
    cohort.window(UNTIL_US, others=busy)
    fates = cohort.tallies.fates.sum(axis=0)
    assert fates[Fate.GATEWAY_TRANSMITTING] == fates.sum() > 100
    assert cohort.tallies.delivered.sum() == 0


def test_a_preview_shows_what_the_window_then_brings() -> None:
    # Seen through windows of a quarter of a second and in a single one.
    world = small_world(CN470, "none", 3)
    cohort, whole = Cohort(world, GATEWAYS, HUB_US), Cohort(world, GATEWAYS, HUB_US)
    everything = whole.preview(UNTIL_US)
    assert everything.end_us > 5 * US_PER_S
    source = np.random.default_rng(1)
    while cohort.now_us < everything.end_us:
        soon_us = min(cohort.now_us + US_PER_S // 4, everything.end_us)
        background = cohort.preview(soon_us)
        for gateway in range(GATEWAYS):
            begin_us = int(source.integers(cohort.now_us, background.end_us))
            some = gateway, int(source.integers(0, 8)), begin_us - US_PER_S, begin_us
            for factor in (None, 9):
                near, expected = (
                    each.overlapping(*some, factor) for each in (background, everything)
                )
                assert sorted(near.rssi_dbm) == sorted(expected.rssi_dbm)
            assert background.held(gateway, begin_us) == everything.held(gateway, begin_us)
            assert background.is_transmitting(
                gateway, begin_us, begin_us + 1
            ) == everything.is_transmitting(gateway, begin_us, begin_us + 1)
        cohort.window(background.end_us)
    whole.window(everything.end_us)
    assert cohort.tallies.fates.tolist() == whole.tallies.fates.tolist()


def test_cells_are_drawn_on_for_each_frame_and_each_answer() -> None:
    cohort = city(500, 2)
    cohort.run(24 * US_PER_H)
    hardware, idle = HARDWARE[codes.METER], Activity(86_400.0, pulses=300)
    found = batteries(cohort, 1, hardware, idle)
    assert found.devices.sum() == cohort.world.kinds[1].devices
    assert found.life_years(0.0) <= found.life_years(0.5) <= found.life_years(1.0)
    expected_j = 0.0
    for device in np.flatnonzero(cohort.world.kind == 1):
        factor = 7 + int(cohort.world.reach.row[device])
        frames = int(cohort.frames.total[device])
        answers_s = cohort.answers_us.total[device] / US_PER_S
        sent = exchange(48, None, factor)
        listening_s = sent.receive_s * frames
        did = replace(
            idle,
            awake_s=sent.awake_s * frames + answers_s,
            lora_transmit_s=sent.transmit_s * frames,
            lora_receive_s=listening_s + answers_s,
            lora_dbm=17.0,
        )
        expected_j += budget_of(hardware, did).energy_j
    assert found.energy_j == pytest.approx(expected_j)
