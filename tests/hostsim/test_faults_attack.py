"""Replayed and forged packets: all are refused, and what is legitimate arrives as without them."""

import pytest

from faulty_community import TINY, Observed, fault
from linli_hostsim.faults.attack import FalsePacket
from linli_hostsim.packet import HUB, Fate
from linli_hostsim.scenario import ScenarioError, parse


def text(bearer: str) -> str:
    """Return TINY, its buttons on `bearer` if nothing is on that there."""
    if bearer in ("ble", "nbiot"):
        return TINY.replace('["lora", "wifi"]', f'["{bearer}"]')
    return TINY


def delivered(observed: Observed) -> set[tuple[int, int, int]]:
    """Return device, kind and offering time of each message that the hub has."""
    rows = observed.community.recorder.latencies
    return set(zip(rows[0::4], rows[1::4], rows[2::4], strict=True))


def false_packets(observed: Observed) -> list[FalsePacket]:
    return [packet for _, packet in observed.ended if isinstance(packet, FalsePacket)]


@pytest.mark.parametrize("bearer", ["rs485", "ethernet", "wifi", "ble", "nbiot", "lora"])
@pytest.mark.parametrize("what", ["replays_per_s", "forgeries_per_s"])
def test_the_hub_refuses_every_false_packet(bearer: str, what: str) -> None:
    rates = {"replays_per_s": 0.0, "forgeries_per_s": 0.0, what: 0.5}
    attack = fault("attacks", at_h=0.3, minutes=60.0, bearer=bearer, **rates)
    observed = Observed(text(bearer) + attack).live(1.5).finish()
    false = false_packets(observed)
    arrived = [packet for packet in false if packet.fate is Fate.DELIVERED]
    assert len(arrived) > 300
    hub = observed.community.hub
    refused = sum(peer.association.refused.total() for peer in hub.peers.values())
    assert refused + hub.unknown_devices == len(arrived)
    assert sum(observed.community.recorder.hub_refusals.values()) == len(arrived)
    recorder = observed.community.recorder
    assert recorder.unmatched_deliveries == 0
    assert recorder.repeated_deliveries == 0


@pytest.mark.parametrize("bearer", ["rs485", "ethernet", "ble", "nbiot"])
def test_devices_refuse_every_false_packet(bearer: str) -> None:
    attack = fault("attacks", at_h=0.3, minutes=60.0, bearer=bearer, towards="devices")
    observed = Observed(text(bearer) + attack).live(1.5).finish()
    arrived = [packet for packet in false_packets(observed) if packet.fate is Fate.DELIVERED]
    assert len(arrived) > 1000
    assert all(packet.source == HUB for packet in arrived)
    refused = sum(totals.refused for totals in observed.community.recorder.totals_of.values())
    assert refused == len(arrived)


@pytest.mark.parametrize("bearer", ["rs485", "ethernet", "wifi", "lora"])
def test_legitimate_messages_arrive_as_without_the_attack(bearer: str) -> None:
    attack = fault("attacks", at_h=0.3, minutes=60.0, bearer=bearer)
    quiet, attacked = (Observed(text).live(1.5).finish() for text in (TINY, TINY + attack))
    # Clocks and passers-by are the same; what is on its way at the end may differ.
    difference = delivered(quiet) ^ delivered(attacked)
    assert len(difference) <= 2
    assert attacked.community.recorder.event_counts == quiet.community.recorder.event_counts
    assert set(attacked.community.recorder.alarms) == set(quiet.community.recorder.alarms)
    assert not attacked.community.recorder.abandoned


def test_only_what_others_sent_is_replayed() -> None:
    rates = {"replays_per_s": 5.0, "forgeries_per_s": 5.0}
    observed = Observed(TINY + fault("attacks", at_h=0.3, bearer="ethernet", **rates)).live(0.6)
    sent_by_others = {
        packet.payload for _, packet in observed.ended if not isinstance(packet, FalsePacket)
    }
    forged = [
        packet.payload for packet in false_packets(observed) if packet.payload not in sent_by_others
    ]
    assert 4_000 < len(forged) == len(set(forged))


def test_the_attack_ends() -> None:
    attack = fault("attacks", at_h=0.3, minutes=6.0, bearer="ethernet", replays_per_s=5.0)
    false = false_packets(Observed(TINY + attack).live(1).finish())
    assert false
    assert all(0.3 * 3600e6 <= packet.sent_us < 0.4 * 3600e6 for packet in false)


def test_over_lora_it_takes_air_and_collides() -> None:
    attack = fault(
        "attacks", at_h=0.0, minutes=60.0, bearer="lora", spreading_factor=12, forgeries_per_s=2.0
    )
    observed = Observed(TINY + attack).live(1).finish()
    assert sum(packet.airtime_us for packet in false_packets(observed)) > 600e6
    legitimate = [
        packet.fate
        for _, packet in observed.ended
        if packet.bearer == "lora" and not isinstance(packet, FalsePacket)
    ]
    assert Fate.DELIVERED in legitimate


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ScenarioError, match="needs either at_h or per_month"):
        parse(TINY + fault("nodes", nodes="all"), "test")
    with pytest.raises(ScenarioError, match="towards devices over lora is not modelled"):
        parse(TINY + fault("attacks", at_h=0, bearer="lora", towards="devices"), "test")
    with pytest.raises(ScenarioError, match=r"faults\.jamming\[0\]\.power_dbm.*up to 60"):
        parse(TINY + fault("jamming", at_h=0, power_dbm=99), "test")
