"""Stories of the reliable link between a device and the hub."""

from linli_protocol import messages
from linli_protocol.bearer import Bearer
from linli_protocol.cutter import Cutter
from pair import Pair
from support import raises


def reading(volume):
    return {"time": 1_800_000_000, "volume_l": volume, "flags": 0}


def event(sequence):
    return {"sequence": sequence, "time": 1_800_000_000, "code": 1}


def alarm(incident=1):
    return {"incident": incident, "time": 1_800_000_000, "cause": 1}


def test_a_message_is_delivered_once_and_reported():
    pair = Pair().join()
    pair.device.send(messages.EVENT, event(7), pair.now, token="t")
    pair.run(60_000)
    assert [d.fields["sequence"] for d in pair.received["up"]] == [7]
    assert pair.outcomes["up"] == {"t": True}
    assert pair.device.retransmissions == 0


def test_messages_wait_for_the_join():
    pair = Pair()
    pair.device.send(messages.EVENT, event(1), 0)
    pair.run(60_000)
    assert len(pair.received["up"]) == 1
    assert pair.times == [1_800_000_000]


def test_a_lost_packet_is_sent_again_and_a_lost_acknowledgement_delivers_no_second_time():
    pair = Pair().join()
    drops = {"up": 1, "down": 2}

    def fault(bearer, direction, packet):
        if drops[direction]:
            drops[direction] -= 1
            return []
        return [packet]

    pair.fault = fault
    pair.device.send(messages.EVENT, event(3), pair.now, token=1)
    pair.run(600_000)
    assert len(pair.received["up"]) == 1
    assert pair.hub.duplicates == 2
    assert pair.outcomes["up"] == {1: True}


def test_back_off_doubles_until_its_limit_and_is_jittered():
    pair = Pair().join()
    pair.fault = lambda *_: []
    pair.device.association.rejoin = lambda now: None
    pair.device.send(messages.EVENT, event(1), pair.now)
    pair.air.clear()
    times = []
    for _ in range(12):
        before = len(pair.air)
        pair.run(until=lambda before=before: len(pair.air) > before)
        times.append(pair.now)
    gaps = [times[i + 1] - times[i] for i in range(len(times) - 1)]
    for step, gap in enumerate(gaps):
        span = min(2_000 << step, 900_000)
        assert span <= gap <= span * 3 // 2, (step, gap)
    assert len({gap % 1000 for gap in gaps}) > 3


def test_alarm_overtakes_bulk_that_waits():
    pair = Pair().join()
    for first in range(20):
        pair.device.send(
            messages.LOG_CHUNK, {"log": 1, "first": first, "records": bytes(20)}, pair.now
        )
    pair.device.send(messages.ALARM, alarm(), pair.now)
    pair.run(60_000)
    assert pair.received["up"][0].kind == messages.ALARM
    assert len(pair.received["up"]) == 21


def test_events_are_not_held_up_by_bulk_in_flight():
    pair = Pair().join()
    lost = []
    pair.fault = lambda bearer, direction, packet: (
        [] if packet[1] == messages.LOG_CHUNK and not lost.append(1) else [packet]
    )
    for first in range(20):
        pair.device.send(
            messages.LOG_CHUNK, {"log": 1, "first": first, "records": bytes(20)}, pair.now
        )
    pair.run(1_000)
    assert lost
    pair.device.send(messages.EVENT, event(1), pair.now)
    pair.run(100)
    assert [d.kind for d in pair.received["up"]] == [messages.EVENT]


def test_a_long_message_travels_in_fragments_that_may_be_lost():
    pair = Pair(mtu=51).join()
    records = bytes(range(256)) + bytes(300)
    state = [0]

    def lose_every_third(bearer, direction, packet):
        state[0] += 1
        return [] if state[0] % 3 == 0 else [packet]

    pair.fault = lose_every_third
    fields = {"log": 1, "first": 0, "records": records}
    pair.device.send(messages.LOG_CHUNK, fields, pair.now, token="long")
    pair.run(3_600_000)
    assert [d.fields for d in pair.received["up"]] == [fields]
    assert pair.outcomes["up"] == {"long": True}
    assert max(len(packet) for _, _, packet in pair.air) <= 51


def test_a_message_in_pieces_survives_a_restart_of_its_receiver_half_way():
    pair = Pair(mtu=51).join()
    passed = [0]

    def all_but_the_third(bearer, direction, packet):
        if direction == "up":
            passed[0] += 1
        return [] if direction == "up" and passed[0] == 3 else [packet]

    pair.fault = all_but_the_third
    fields = {"log": 1, "first": 0, "records": bytes(range(100))}
    pair.device.send(messages.LOG_CHUNK, fields, pair.now, token="long")
    pair.run(1_000)
    assert "long" not in pair.outcomes["up"]
    pair.start_hub()
    pair.run(3_600_000)
    assert [d.fields for d in pair.received["up"]] == [fields]
    assert pair.outcomes["up"] == {"long": True}


def test_what_a_restarted_device_held_comes_again_as_soon_as_it_has_joined():
    pair = Pair(mtu=51).join()
    passed = [0]

    def only_the_first_four(bearer, direction, packet):
        if direction == "down":
            passed[0] += 1
        return [] if direction == "down" and passed[0] > 4 else [packet]

    changes = {"base": 0, "version": 1, "changes": bytes(300)}
    pair.fault = only_the_first_four
    pair.hub.send(messages.ACCESS_LIST, changes, pair.now, token="list")
    pair.run(55_000)
    pair.fault = lambda bearer, direction, packet: [packet]
    pair.start_device()
    pair.run(3_000, until=lambda: pair.outcomes["down"])
    assert [d.fields for d in pair.received["down"]] == [changes]
    assert pair.outcomes["down"] == {"list": True}


def test_pieces_that_the_receiver_holds_are_not_repeated_at_once():
    pair = Pair(mtu=51).join()
    sent = []

    def lose_the_first(bearer, direction, packet):
        if direction == "up":
            sent.append(packet)
        return [] if direction == "up" and len(sent) == 1 else [packet]

    pair.fault = lose_the_first
    fields = {"log": 1, "first": 0, "records": bytes(range(120))}
    pair.device.send(messages.LOG_CHUNK, fields, pair.now, token="long")
    pair.run(50_000)
    assert pair.outcomes["up"] == {"long": True}
    pieces = len([1 for packet in sent if packet[1] == messages.LOG_CHUNK])
    assert pieces == 5 + 1


def test_a_hub_that_begins_anew_is_heard_though_its_numbers_are_old():
    pair = Pair().join()
    for n in range(3):
        pair.hub.send(messages.COMMAND, {"id": n, "expires": 9, "operation": 6}, pair.now)
        pair.run(10_000)
    pair.hub_store.data.clear()
    pair.start_hub()
    pair.device.rejoin(pair.now)
    pair.run(10_000)
    pair.hub.send(messages.COMMAND, {"id": 9, "expires": 9, "operation": 6}, pair.now, token=9)
    pair.run(60_000)
    assert pair.received["down"][-1].fields["id"] == 9


def test_a_message_of_more_than_32_fragments_is_refused_at_once():
    pair = Pair(mtu=38).join()
    fields = {"log": 1, "first": 0, "records": bytes(700)}
    error = raises(ValueError, pair.device.send, messages.LOG_CHUNK, fields, pair.now)
    assert "message 16: too long" in str(error)


def test_the_queue_is_bounded_and_loses_the_least_important_first():
    pair = Pair(config={"queue_limit": 4})
    for n in range(3):
        pair.device.send(messages.READING, reading(n), 0, token=("reading", n))
    pair.device.send(messages.LOG_CHUNK, {"log": 1, "first": 0, "records": b""}, 0, token="bulk")
    pair.device.send(messages.EVENT, event(1), 0, token="event")
    pair.device.send(messages.ALARM, alarm(), 0, token="alarm")
    pair.device.send(
        messages.LOG_CHUNK, {"log": 1, "first": 1, "records": b""}, 0, token="late bulk"
    )
    pair.run(60_000)
    # The hello that follows the join needed room as well.
    assert pair.device.dropped == [0, 0, 0, 2, 2]
    assert pair.outcomes["up"] == {
        "bulk": False,
        ("reading", 0): False,
        "late bulk": False,
        ("reading", 1): False,
        ("reading", 2): True,
        "event": True,
        "alarm": True,
    }


def test_a_message_expires():
    pair = Pair().join()
    pair.fault = lambda *_: []
    pair.device.send(messages.EVENT, event(1), pair.now, token=1, expires_at=pair.now + 5_000)
    pair.run(60_000)
    assert pair.outcomes["up"] == {1: False}
    assert pair.device.expired == 1


def test_another_bearer_takes_over_when_the_first_falls_silent():
    pair = Pair(("radio", "wire")).join()
    pair.fault = lambda bearer, direction, packet: [] if bearer == 0 else [packet]
    for n in range(6):
        pair.device.send(messages.EVENT, event(n), pair.now)
    pair.run(60_000)
    assert sorted([d.fields["sequence"] for d in pair.received["up"]]) == [0, 1, 2, 3, 4, 5]


def test_a_bearer_known_to_be_down_is_not_tried():
    pair = Pair(("radio", "wire")).join()
    pair.device.set_up(0, False, pair.now)
    pair.air.clear()
    pair.device.send(messages.EVENT, event(1), pair.now)
    pair.run(10_000)
    assert [bearer for direction, bearer, _ in pair.air if direction == "up"] == [1]


def test_an_alarm_takes_every_bearer_at_once_and_arrives_once():
    pair = Pair(("radio", "wire")).join()
    pair.air.clear()
    pair.device.send(messages.ALARM, alarm(), pair.now)
    pair.run(100)
    assert sorted([bearer for direction, bearer, _ in pair.air if direction == "up"]) == [0, 1]
    assert len(pair.received["up"]) == 1


def test_the_duty_cycle_holds_back_readings_but_keeps_room_for_an_alarm():
    def radio(name, mtu):
        return Bearer(
            name, mtu, airtime_ms=lambda length: 1000, duty_permille=10, duty_burst_ms=8000
        )

    pair = Pair(bearers=radio).join()
    pair.run(3_600_000)
    pair.air.clear()
    for n in range(20):
        pair.device.send(messages.READING, reading(n), pair.now)
    pair.run(100)
    held = len([1 for direction, _, _ in pair.air if direction == "up"])
    assert held == 6
    pair.device.send(messages.ALARM, alarm(), pair.now)
    pair.run(100)
    assert pair.received["up"][-1].kind == messages.ALARM
    pair.run(3_600_000)
    assert len([d for d in pair.received["up"] if d.kind == messages.READING]) == 20


def pair_that_sleeps(mtu=64):
    """Return a Pair whose device hears one packet after each that it sends."""
    pair = Pair(mtu=mtu)
    pair.make_bearer = lambda name, mtu: Bearer(name, mtu, contact_ms=2_000)
    pair.start_hub()
    pair.make_bearer = Bearer
    pair.join()
    pair.run(60_000)
    pair.air.clear()
    return pair


def contact(pair, duration=3_600_000):
    """Have the device send something."""
    pair.device.send(messages.READING, reading(1), pair.now)
    pair.run(duration)


def pieces_of(fields, mtu=51):
    """Return how many packets the list goes into."""
    length = len(messages.encode(messages.ACCESS_LIST, fields))
    return Cutter(mtu).count(messages.ACCESS_LIST, length)


def pieces_sent(pair):
    """Return how many pieces of lists have left the hub."""
    return len([1 for _, _, packet in pair.air if packet[1] == messages.ACCESS_LIST])


def test_a_sleeping_device_hears_only_after_it_has_sent():
    pair = pair_that_sleeps()
    command = {"id": 1, "expires": 1_900_000_000, "operation": 6}
    pair.hub.send(messages.COMMAND, command, pair.now, token="c")
    pair.run(600_000)
    assert not pair.received["down"]
    contact(pair, 60_000)
    assert [d.fields for d in pair.received["down"]] == [command]
    assert pair.outcomes["down"] == {"c": True}


def test_a_sleeping_device_is_told_the_time_and_what_has_arrived_in_one_packet():
    pair = pair_that_sleeps(51)
    time = {"time": 1_800_003_600, "utc_offset_min": 480}
    time.update({"next_change": 1_900_000_000, "next_offset_min": 540})
    pair.hub.send(messages.TIME, time, pair.now)
    pair.device.send(messages.READING, reading(1), pair.now, token="r")
    pair.run(600_000)
    assert pair.outcomes["up"] == {"r": True}
    assert [(direction, packet[1]) for direction, _, packet in pair.air] == [
        ("up", messages.READING),
        ("down", messages.TIME),
    ]
    told = pair.received["down"][0].fields
    assert {name: told[name] for name in time} == time


def test_the_time_acknowledges_no_more_than_its_packet_holds():
    pair = pair_that_sleeps(51)
    pair.fault = lambda bearer, direction, packet: [packet] if direction == "up" else []
    for n in range(8):
        pair.device.send(messages.READING, reading(n), pair.now, token=n)
    pair.run(until=lambda: len(pair.received["up"]) == 8)
    pair.fault = lambda bearer, direction, packet: [packet]
    pair.air.clear()
    pair.hub.send(messages.TIME, {"time": 1_800_003_600, "utc_offset_min": 480}, pair.now)
    pair.run(600_000)
    packets = [packet for direction, _, packet in pair.air if direction == "down"]
    assert packets[0][1] == messages.TIME and max([len(packet) for packet in packets]) <= 51
    assert pair.outcomes["up"] == dict.fromkeys(range(8), True)


def test_a_sleeping_device_gets_a_message_in_pieces_each_of_them_once():
    pair = pair_that_sleeps(51)
    for length in (30, 300, 720):
        changes = {"base": length, "version": 1, "changes": bytes(length)}
        pieces = pieces_of(changes)
        pair.air.clear()
        pair.hub.send(messages.ACCESS_LIST, changes, pair.now, token=pieces)
        contact(pair)
        assert pair.received["down"].pop().fields == changes
        assert pair.outcomes["down"][pieces] is True
        assert pieces_sent(pair) == pieces
        # Each piece was answered, and nothing more was on the air.
        assert len([1 for direction, _, _ in pair.air if direction == "up"]) <= pieces + 4


def test_a_piece_that_a_sleeping_device_missed_comes_before_those_it_holds():
    pair = pair_that_sleeps(51)
    back = pair.now + 1_200_000

    def gone_from_the_fourth_on(bearer, direction, packet):
        return [] if pieces_sent(pair) == 4 and pair.now < back else [packet]

    pair.fault = gone_from_the_fourth_on
    changes = {"base": 0, "version": 1, "changes": bytes(300)}
    pair.hub.send(messages.ACCESS_LIST, changes, pair.now, token="list")
    contact(pair, 1_200_000)
    assert not pair.received["down"]
    contact(pair)
    assert pair.outcomes["down"] == {"list": True}
    assert pieces_sent(pair) == pieces_of(changes) + 1


def test_a_sleeping_device_that_restarts_gets_a_message_in_pieces_anew():
    pair = pair_that_sleeps(51)
    changes = {"base": 0, "version": 1, "changes": bytes(300)}
    pair.hub.send(messages.ACCESS_LIST, changes, pair.now, token="list")
    pair.device.send(messages.READING, reading(1), pair.now)
    pair.run(until=lambda: pieces_sent(pair) == 6)
    pair.start_device()
    pair.run(30_000)
    assert pieces_sent(pair) == 6 + pieces_of(changes)
    assert [d.fields for d in pair.received["down"]] == [changes]
    assert pair.outcomes["down"] == {"list": True}


def test_a_message_in_pieces_that_nobody_hears_expires_once():
    pair = pair_that_sleeps(51)
    changes = {"base": 0, "version": 1, "changes": bytes(300)}
    pair.fault = lambda bearer, direction, packet: [packet] if direction == "up" else []
    pair.hub.send(
        messages.ACCESS_LIST, changes, pair.now, token="list", expires_at=pair.now + 60_000
    )
    contact(pair, 120_000)
    assert pair.outcomes["down"] == {"list": False}
    assert pair.hub.expired == 1
    sent = pieces_sent(pair)
    contact(pair)
    assert pieces_sent(pair) == sent


def test_a_restarted_hub_reaches_the_device_under_the_old_session():
    pair = Pair().join()
    for n in range(5):
        command = {"id": n, "expires": 1_900_000_000, "operation": 6}
        pair.hub.send(messages.COMMAND, command, pair.now)
        pair.run(10_000)
        pair.start_hub()
    assert [d.fields["id"] for d in pair.received["down"]] == [0, 1, 2, 3, 4]


def test_a_restarted_device_sends_an_alarm_before_it_has_joined_again():
    pair = Pair().join()
    pair.device.send(messages.EVENT, event(1), pair.now)
    pair.run(10_000)
    pair.start_device()
    pair.device.send(messages.ALARM, alarm(), pair.now)
    pair.fault = lambda bearer, direction, packet: [] if direction == "down" else [packet]
    pair.run(1_000)
    assert pair.received["up"][-1].kind == messages.ALARM


def test_a_device_whose_hub_lost_everything_joins_again_and_delivers():
    pair = Pair().join()
    pair.device.send(messages.EVENT, event(1), pair.now)
    pair.run(10_000)
    pair.hub_store.data.clear()
    pair.start_hub()
    pair.device.send(messages.EVENT, event(2), pair.now)
    pair.run(3_600_000)
    assert [d.fields["sequence"] for d in pair.received["up"]] == [1, 2]


def test_what_waited_for_a_bearer_is_spread_when_it_returns():
    pair = Pair().join()
    pair.fault = lambda *_: []
    for n in range(8):
        pair.device.send(messages.EVENT, event(n), pair.now)
    pair.run(3_600_000)
    pair.device.set_up(0, False, pair.now)
    pair.run(3_600_000)
    pair.fault = lambda bearer, direction, packet: [packet]
    pair.device.set_up(0, True, pair.now)
    back = pair.now
    pair.run(20_000)
    assert sorted([d.fields["sequence"] for d in pair.received["up"]]) == list(range(8))
    assert pair.now - back <= 20_000


def test_nothing_received_raises():
    pair = Pair().join()
    for length in range(80):
        pair.hub.receive(0, pair.random.bytes(length), pair.now)
    assert pair.hub.association.refused.total() == 80
