"""Stories of joins, sessions and rekeying."""

from linli_protocol import keys, messages, packet, words
from linli_protocol.crypto import Aead as crypto_aead
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.session import REKEY_AT
from nonces import watched
from pair import COMMUNITY_KEY, DEVICE, Pair
from stores import PowerCut
from support import Random, raises


def event(sequence=1):
    return {"sequence": sequence, "time": 1_800_000_000, "code": 1}


def captured_up(pair):
    """Send an event and return the packet on the air."""
    pair.air.clear()
    pair.device.send(messages.EVENT, event(), pair.now)
    pair.run(1_000)
    return next(data for direction, _, data in pair.air if direction == "up")


def refused(link):
    return {
        words.REFUSALS[reason]: count
        for reason, count in enumerate(link.association.refused.counts)
        if count
    }


def test_join_takes_two_messages_and_brings_the_time():
    pair = Pair()
    pair.run(until=lambda: pair.device.association.current is not None)
    kinds = [data[1] for _, _, data in pair.air[:2]]
    assert kinds == [messages.JOIN_REQUEST, messages.JOIN_ACCEPT]
    assert pair.times == [1_800_000_000]
    assert pair.hub.association.device_kind == 2


def test_every_join_has_new_keys():
    records = set()
    for seed in range(1, 4):
        pair = Pair(seed=seed).join()
        records.add(pair.device.association.current.record)
        pair.device.rejoin(pair.now)
        pair.run(10_000)
        records.add(pair.device.association.current.record)
    assert len(records) == 6


def test_a_replay_is_refused_in_silence():
    pair = Pair().join()
    data = captured_up(pair)
    pair.air.clear()
    assert pair.hub.receive(0, data, pair.now) is None
    assert pair.hub.poll(pair.now) == []
    assert refused(pair.hub) == {"replayed, or older than the replay window": 1}


def test_a_replay_is_refused_after_the_hub_has_restarted():
    pair = Pair().join()
    data = captured_up(pair)
    pair.start_hub()
    assert pair.hub.receive(0, data, pair.now) is None
    assert refused(pair.hub) == {"replayed, or older than the replay window": 1}


def test_any_flipped_bit_is_refused_and_changes_nothing():
    pair = Pair().join()
    pair.fault = lambda bearer, direction, data: [] if direction == "up" else [data]
    data = captured_up(pair)
    for bit in range(len(data) * 8):
        bad = bytearray(data)
        bad[bit >> 3] ^= 1 << (bit & 7)
        assert pair.hub.receive(0, bytes(bad), pair.now) is None, bit
    assert pair.hub.association.refused.total() == len(data) * 8
    assert pair.hub.receive(0, data, pair.now) is not None


def test_every_truncation_is_refused():
    pair = Pair().join()
    pair.fault = lambda bearer, direction, data: [] if direction == "up" else [data]
    data = captured_up(pair)
    for length in range(len(data)):
        assert pair.hub.receive(0, data[:length], pair.now) is None


def test_a_replayed_join_request_is_refused():
    pair = Pair()
    pair.join()
    request = pair.air[0][2]
    before = pair.hub.association.current
    assert pair.hub.receive(0, request, pair.now) is None
    assert pair.hub.poll(pair.now) == []
    assert pair.hub.association.current is before
    pair.start_hub()
    assert pair.hub.receive(0, request, pair.now) is None
    assert refused(pair.hub) == {"join message forged or out of date": 1}


def test_a_replayed_join_accept_is_refused():
    pair = Pair()
    pair.join()
    accept = next(data for direction, _, data in pair.air if direction == "down")
    before = pair.device.association.current
    pair.device.receive(0, accept, pair.now)
    assert pair.device.association.current is before


def test_a_device_with_another_root_key_cannot_join():
    pair = Pair()
    pair.device.association._join_aead = DeviceAssociation(
        keys.root_key(COMMUNITY_KEY, DEVICE + 1),
        DEVICE,
        2,
        pair.device_store,
        pair.random.bytes,
        None,
    )._join_aead
    pair.run(60_000)
    assert pair.device.association.current is None
    assert list(refused(pair.hub)) == ["join message forged or out of date"]


def test_a_join_accept_that_was_held_back_is_refused():
    pair = Pair()
    held = []
    pair.fault = lambda bearer, direction, data: (
        [data] if direction == "up" else held.append(data) or []
    )
    pair.device.association._config["join_retry_ms"] = 900_000
    pair.run(120_000)
    pair.device.receive(0, held[0], pair.now)
    assert pair.device.association.current is None
    assert refused(pair.device) == {"join message forged or out of date": 1}


def test_another_generation_is_another_device():
    pair = Pair()
    root = keys.root_key(COMMUNITY_KEY, DEVICE, 1)
    assert root != keys.root_key(COMMUNITY_KEY, DEVICE)
    pair.device.association._join_aead = crypto_aead(keys.join_key(root))
    pair.run(60_000)
    assert pair.device.association.current is None


def test_joins_back_off_while_nobody_answers():
    pair = Pair()
    pair.fault = lambda *_: []
    pair.run(24 * 3_600_000)
    assert 90 <= len(pair.air) <= 24 * 8 + 10


def test_a_hub_that_missed_many_joins_still_accepts_one():
    pair = Pair()
    pair.device_store.put("join", (3 * 65536 + 5).to_bytes(4, "big"))
    pair.start_device()
    pair.run(5_000)
    assert pair.device.association.current is not None


def test_rekey_by_schedule():
    pair = Pair().join()
    first = pair.device.association.current.epoch
    pair.run(31 * 86_400_000)
    assert pair.device.association.current.epoch == first + 1
    assert pair.hub.association.current.epoch == first + 1


def test_rekey_before_the_counter_is_used_up():
    pair = Pair().join()
    pair.device.association.current._counter.next = REKEY_AT
    pair.device.association.current._counter._limit = REKEY_AT
    pair.hub.association.current._window.add(REKEY_AT - 1)
    pair.device.send(messages.EVENT, event(), pair.now)
    pair.run(60_000)
    assert pair.device.association.current.epoch == 1
    assert len(pair.received["up"]) == 1


def test_nothing_is_lost_while_keys_change():
    pair = Pair().join()
    lost = [0]

    def every_third_is_lost(bearer, direction, data):
        lost[0] += 1
        return [] if lost[0] % 3 == 0 else [data]

    pair.fault = every_third_is_lost
    for n in range(40):
        pair.device.send(messages.EVENT, event(n), pair.now)
        if n % 10 == 5:
            pair.device.rejoin(pair.now)
        pair.run(20_000)
    pair.run(3_600_000)
    assert sorted([d.fields["sequence"] for d in pair.received["up"]]) == list(range(40))


def test_no_power_cut_repeats_a_nonce():
    sealed = 0
    for cut_at in range(1, 18):
        for after in (False, True):
            sealed += watched(live_through_power_cut, cut_at, after)
    assert sealed > 2_000


def live_through_power_cut(cut_at, after):
    """Live four times, each till one write of flash fails."""
    pair = Pair(seed=cut_at)
    for life in range(4):
        pair.device_store.cut_at = pair.device_store.writes + cut_at
        pair.device_store.cut_after_write = after
        try:
            pair.start_device()
            for n in range(100):
                pair.device.send(messages.EVENT, event(life * 100 + n), pair.now)
                pair.run(1_000)
        except PowerCut:
            pass


class CountingAead:
    """Counts the packets that the hub tries to open."""

    def __init__(self, aead):
        self.opened = 0
        self.seal = aead.seal
        self._open = aead.open

    def open(self, *args):
        self.opened += 1
        return self._open(*args)


def forged_join(counter):
    flags = packet.LONG
    return packet.pack_header(messages.JOIN_REQUEST, flags, DEVICE, 0, counter) + bytes(29)


def flood(pair, counters, rate_per_s=None):
    """Forge a join for each counter, at once or in time; return (decryptions, ms it took)."""
    counting = CountingAead(pair.hub.association._join_aead)
    pair.hub.association._join_aead = counting
    start = pair.now
    for number, counter in enumerate(counters):
        pair.hub.receive(0, forged_join(counter), pair.now)
        if rate_per_s is not None and number % rate_per_s == rate_per_s - 1:
            pair.run(1_000)
    return counting.opened, pair.now - start


def test_a_flood_of_forged_joins_costs_twenty_decryptions_a_second():
    random = Random(3)
    counters = [random.below(65536) for _ in range(10_000)]
    pair = Pair().join()
    opened, took_ms = flood(pair, counters)
    assert (opened, took_ms) == (60, 0)
    pair = Pair().join()
    stored = dict(pair.hub_store.data)
    session = pair.hub.association.current
    opened, took_ms = flood(pair, counters, 100)
    assert took_ms == 100_000
    assert 1_900 <= opened <= 60 + 2_000
    assert pair.hub.association.current is session and pair.hub_store.data == stored
    counts = refused(pair.hub)
    assert sorted(counts) == ["join message forged or out of date", "too many join requests"]
    assert sum(counts.values()) == 10_000


def test_a_device_joins_amid_a_flood_of_guessed_join_counters():
    random = Random(4)
    pair = Pair().join()
    flood(pair, [random.below(65536) for _ in range(20_000)], 1_000)
    pair.device.rejoin(pair.now)
    flood(pair, [random.below(65536) for _ in range(1_000)], 1_000)
    assert pair.device.association.current.epoch == 1


def test_a_device_joins_at_once_amid_the_forgeries_that_a_lora_channel_carries():
    random = Random(6)
    for _ in range(5):
        pair = Pair().join()
        for count in range(12 * 30):
            if count == 240:
                pair.device.rejoin(pair.now)
            near = pair.hub.association.last_join + 1 + random.below(8)
            pair.hub.receive(0, forged_join(near), pair.now)
            pair.run(83)
        assert pair.device.association.current.epoch == 1
        requests = [data for _, _, data in pair.air if data[1] == messages.JOIN_REQUEST]
        assert len(requests) == 2


def test_a_device_joins_within_seconds_of_a_flood_with_the_right_counters():
    pair = Pair().join()
    near = [pair.hub.association.last_join + 1 + n % 8 for n in range(10_000)]
    flood(pair, near, 1_000)
    pair.device.rejoin(pair.now)
    pair.run(1_000)
    assert pair.device.association.current.epoch == 1


def test_a_flood_does_not_touch_a_session_in_use():
    pair = Pair().join()
    flood(pair, range(1_000))
    pair.device.send(messages.EVENT, event(), pair.now)
    pair.run(1_000)
    assert len(pair.received["up"]) == 1


def test_a_packet_for_another_device_is_refused():
    pair = Pair().join()
    data = bytearray(captured_up(pair))
    data[5] ^= 1
    pair.hub.receive(0, bytes(data), pair.now)
    assert refused(pair.hub) == {"addressed to another device": 1}


def test_a_command_with_the_short_tag_is_refused():
    pair = Pair().join()
    header = packet.pack_header(messages.COMMAND, packet.DOWNLINK, DEVICE, 0, 0)
    pair.device.receive(0, header + bytes(40), pair.now)
    assert refused(pair.device) == {"wrong tag length for its kind": 1}


def test_an_uplink_is_no_downlink():
    pair = Pair().join()
    data = captured_up(pair)
    pair.device.receive(0, data, pair.now)
    assert refused(pair.device) == {"wrong direction": 1}


def test_an_unknown_kind_is_authentic_acknowledged_and_counted():
    pair = Pair().join()
    association = pair.device.association
    messages.CATALOGUE[0x7E] = (messages.UP | messages.RELIABLE | messages.NOTICE, 0)
    try:
        data = association.seal(0x7E, packet.RELIABLE, b"\x40\x09\xa0")
    finally:
        del messages.CATALOGUE[0x7E]
    assert pair.hub.receive(0, data, pair.now) is None
    assert refused(pair.hub) == {"malformed body": 1}
    assert [reply[1][1] for reply in pair.hub.poll(pair.now)] == [messages.ACKNOWLEDGEMENT]


def test_sealing_without_a_session_gives_nothing():
    pair = Pair()
    assert pair.device.association.seal(messages.EVENT, 0, b"\xa0") is None
    raises(KeyError, pair.join().device.association.seal, 0xEE, 0, b"")
