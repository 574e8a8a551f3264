"""Takeovers in a community: no acknowledged alarm is lost, those raised meanwhile come after."""

import pytest

from faulty_community import HOUR_US, TINY, Observed, fault, table
from linli_hostsim.packet import HUB, Direction, Fate
from linli_hostsim.recorder import Stage
from linli_hostsim.tables import from_run
from linli_protocol import codes

TAKEOVER_US = 35_000_000
FAILS = fault("nodes", at_h=1.0)
# All three buttons within the takeover.
PRESSES = fault("alarm_floods", at_h=1.001, share=1.0, within_min=0.3)
QUIET = TINY.replace("presses_per_user_month = 600.0", "presses_per_user_month = 0.0")


def test_alarms_raised_during_a_takeover_arrive_after_it() -> None:
    lived = Observed(QUIET + FAILS + PRESSES).live(1.1).finish().community
    alarms = lived.recorder.alarms
    assert len(alarms) == 3
    for times in alarms.values():
        raised, at_hub, acknowledged = (
            times[stage] for stage in (Stage.RAISED, Stage.AT_HUB, Stage.ACKNOWLEDGED)
        )
        assert HOUR_US < raised < HOUR_US + TAKEOVER_US < at_hub < acknowledged
        # The button repeats itself within seconds.
        assert at_hub < HOUR_US + 2 * TAKEOVER_US


def test_without_a_failure_the_same_alarms_need_no_half_minute() -> None:
    lived = Observed(QUIET + PRESSES).live(1.1).finish().community
    for times in lived.recorder.alarms.values():
        assert times[Stage.AT_HUB] - times[Stage.RAISED] < 5_000_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_takeovers_lose_no_acknowledged_alarm(seed: int) -> None:
    text = TINY + table("edge", mttr_h=0.2, repair_crews=3)
    for step in range(12):
        text += fault("nodes", at_h=0.1 + 0.15 * step)
        text += fault("alarm_floods", at_h=0.09 + 0.15 * step, share=1.0, within_min=2)
    observed = Observed(text, seed).live(3.5).finish()
    lived = observed.community
    alarms = lived.recorder.alarms
    assert len(lived.cluster.interruptions) >= 10
    assert len(alarms) >= 10
    centre_has = {(incident.device, incident.number) for incident in lived.hub.incidents()}
    for (device, incident), times in alarms.items():
        assert times[Stage.ACKNOWLEDGED] is not None
        assert times[Stage.AT_HUB] <= times[Stage.ACKNOWLEDGED]
        assert (device, incident) in centre_has
    # What the centre decides during a takeover reaches the device, too.
    closed = [i for i in lived.hub.incidents() if i.state == codes.CLOSED]
    assert len(closed) > 5
    assert lived.recorder.repeated_deliveries == 0
    assert lived.recorder.unmatched_deliveries == 0
    assert not lived.recorder.abandoned


def test_while_nobody_serves_uplinks_have_their_fate_and_nothing_is_sent() -> None:
    observed = Observed(TINY + fault("nodes", at_h=1.0, nodes="all")).live(2).finish()
    lived = observed.community
    (only,) = lived.cluster.interruptions
    end_us = only.end_us or 2 * HOUR_US
    meanwhile = [packet for time_us, packet in observed.ended if HOUR_US <= time_us < end_us]
    fates = {packet.fate for packet in meanwhile if packet.direction is Direction.UP}
    assert Fate.SERVICE_DOWN in fates
    assert not [packet for packet in meanwhile if packet.source == HUB and packet.sent_us > HOUR_US]
    settled = sum(tally.packets for tally in lived.tracker.settled.values())
    assert settled == lived.tracker.created


def test_the_results_have_each_interruption() -> None:
    text = TINY + FAILS + fault("nodes", at_h=1.5, nodes="all") + table("edge", mttr_h=1000)
    lived = Observed(text).live(2).finish().community
    rows = from_run(lived.recorder, lived.tracker.settled)["interruptions"]
    assert rows["start_us"].tolist() == [HOUR_US, 1.5 * HOUR_US]
    assert rows["end_us"].tolist() == [HOUR_US + TAKEOVER_US, None]
    assert rows["cause"].tolist() == ["takeover", "common cause"]
    assert rows["node"].tolist() == [1, None]
    assert rows["unreplicated"].tolist() == [0, 0]


def test_what_only_the_failed_node_knew_is_counted() -> None:
    presses = fault("alarm_floods", at_h=0.9999, share=1.0, within_min=0.005)
    text = QUIET + presses + FAILS
    lag = table("edge", replication_lag_ms=1000)
    counts = [
        Observed(one).live(1.1).community.cluster.interruptions[0].unreplicated
        for one in (text, text + lag)
    ]
    assert counts[0] == 0 < counts[1]


def test_nodes_fail_at_their_rate() -> None:
    often = table("edge", mtbf_h=0.25, mttr_h=0.1, common_cause=0.0)
    lived = Observed(TINY + often).live(2).finish().community
    # The serving node: eight expected.
    assert 2 <= len(lived.cluster.interruptions) <= 18
    assert sum(tally.packets for tally in lived.tracker.settled.values()) == lived.tracker.created
    assert lived.recorder.unmatched_deliveries == 0


def test_what_waits_in_a_node_that_fails_is_lost_with_it() -> None:
    slow = TINY + table("hub", processing_ms=5_000.0)
    presses = fault("alarm_floods", at_h=0.9995, share=1.0, within_min=0.02)
    observed = Observed(slow + presses + FAILS).live(1.2).finish()
    lost = [
        packet
        for time_us, packet in observed.ended
        if packet.fate is Fate.SERVICE_DOWN and packet.sent_us < HOUR_US
    ]
    assert any(time_us == HOUR_US and packet in lost for time_us, packet in observed.ended)
    delivered_us = [
        time_us
        for time_us, packet in observed.ended
        if packet.fate is Fate.DELIVERED and packet.direction is Direction.UP
    ]
    assert not [time_us for time_us in delivered_us if HOUR_US <= time_us < HOUR_US + TAKEOVER_US]
