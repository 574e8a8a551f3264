"""The account of messages and alarms: each message counts once, whatever the order of the calls."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_hostsim import tables
from linli_hostsim.recorder import Recorder, Stage
from linli_protocol import codes, messages

METER = 7
DOOR = 8


@pytest.fixture
def recorder() -> Recorder:
    made = Recorder()
    made.register(METER, codes.METER)
    made.register(DOOR, codes.DOOR)
    return made


def row(recorder: Recorder, device: int) -> dict[str, int]:
    devices = tables.from_run(recorder, {})["devices"]
    at = devices["device"].tolist().index(device)
    return {name: column[at] for name, column in devices.items()}


def test_latency_is_the_time_from_offer_to_delivery(recorder: Recorder) -> None:
    recorder.offered(METER, messages.READINGS, 1, 1_000)
    recorder.delivered(METER, messages.READINGS, 1, 251_000)
    latencies = tables.from_run(recorder, {})["latencies"]
    assert latencies["latency_us"].tolist() == [250_000]
    assert latencies["message"].tolist() == ["readings"]
    assert latencies["kind"].tolist() == ["meter"]


def test_repeated_and_unmatched_deliveries_are_counted_apart(recorder: Recorder) -> None:
    recorder.offered(METER, messages.EVENT, 1, 0)
    for now_us in (10, 20, 30):
        recorder.delivered(METER, messages.EVENT, 1, now_us)
    recorder.delivered(DOOR, messages.EVENT, 1, 40)
    assert (recorder.repeated_deliveries, recorder.unmatched_deliveries) == (2, 1)
    assert (row(recorder, METER)["delivered"], row(recorder, DOOR)["delivered"]) == (1, 0)


def test_a_message_given_up_that_arrives_all_the_same_is_delivered(recorder: Recorder) -> None:
    recorder.offered(METER, messages.EVENT, 1, 0)
    recorder.given_up(METER, messages.EVENT, 1)
    assert row(recorder, METER)["given_up"] == 1
    recorder.delivered(METER, messages.EVENT, 1, 99)
    recorder.given_up(METER, messages.EVENT, 1)
    assert (row(recorder, METER)["given_up"], row(recorder, METER)["delivered"]) == (0, 1)


def test_a_message_offered_again_keeps_its_first_time(recorder: Recorder) -> None:
    recorder.offered(METER, messages.EVENT, 1, 5)
    recorder.given_up(METER, messages.EVENT, 1)
    recorder.offered(METER, messages.EVENT, 1, 100)
    recorder.delivered(METER, messages.EVENT, 1, 105)
    recorder.offered(METER, messages.EVENT, 1, 200)
    assert tables.from_run(recorder, {})["latencies"]["latency_us"].tolist() == [100]
    assert row(recorder, METER)["offered"] == 1


CALLS = st.lists(
    st.tuples(st.sampled_from(("offered", "delivered", "given_up")), st.integers(0, 3))
)


@given(CALLS)
def test_offered_is_delivered_and_given_up_and_outstanding(calls: list[tuple[str, int]]) -> None:
    recorder = Recorder()
    recorder.register(METER, codes.METER)
    for now_us, (call, identity) in enumerate(calls):
        times = () if call == "given_up" else (now_us,)
        getattr(recorder, call)(METER, messages.EVENT, identity, *times)
    counts = row(recorder, METER)
    assert counts["offered"] == counts["delivered"] + counts["given_up"] + counts["outstanding"]
    assert counts["offered"] == len({identity for call, identity in calls if call == "offered"})


def test_only_the_first_time_of_an_alarm_stage_counts(recorder: Recorder) -> None:
    for now_us in (10, 20):
        recorder.alarm(METER, 3, Stage.RAISED, now_us)
    recorder.alarm(METER, 3, Stage.ACKNOWLEDGED, 50)
    alarms = tables.from_run(recorder, {})["alarms"]
    assert alarms["raised_us"].tolist() == [10]
    assert alarms["acknowledged_us"].tolist() == [50]
    assert alarms["at_hub_us"].tolist() == [None]


def test_everyday_events_are_counted_and_rare_ones_kept(recorder: Recorder) -> None:
    for now_us in range(5):
        recorder.event(DOOR, codes.GRANTED, now_us)
    recorder.event(METER, codes.LEAK, 9)
    assert recorder.event_counts == Counter(
        {(codes.DOOR, codes.GRANTED): 5, (codes.METER, codes.LEAK): 1}
    )
    assert tables.from_run(recorder, {})["events"]["event"].tolist() == ["leak"]


def test_a_packet_counts_in_the_hour_it_began(recorder: Recorder) -> None:
    recorder.transmitted("lora", 3, False, 30, 60_000, 3_599_999_999, METER)
    recorder.transmitted("lora", 3, False, 20, 40_000, 3_600_000_000, METER)
    air = tables.from_run(recorder, {})["airtime_by_hour"]
    assert air["hour"].tolist() == [0, 1]
    assert air["bytes"].tolist() == [30, 20]
    assert row(recorder, METER)["bytes_on_air"] == 50


def test_an_address_is_registered_once(recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="7"):
        recorder.register(METER, codes.DOOR)


def test_tables_do_not_depend_on_the_order_of_calls() -> None:
    events = [(device, code, at) for device in (7, 8) for code in (32, 33) for at in range(20)]
    seen = []
    for seed in (1, 2):
        random.Random(seed).shuffle(events)
        recorder = Recorder()
        recorder.register(7, codes.METER)
        recorder.register(8, codes.METER)
        for device, code, at in events:
            recorder.event(device, code, at)
            recorder.transmitted("lora", device, False, 1, 1, at, device)
        found = tables.from_run(recorder, {})
        seen.append({name: {k: v.tolist() for k, v in t.items()} for name, t in found.items()})
    assert seen[0] == seen[1]
