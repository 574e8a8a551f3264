"""Every event reaches the hub exactly once, by its sequence number, whatever happens between."""

from linli_firmware.event_log import OUTSTANDING, SPAN, EventLog
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from power import cut_everywhere


def drained(actions):
    fields = [each.fields for each in actions]
    actions.clear()
    return fields


def test_an_event_is_sent_with_its_sequence_number():
    actions = []
    log = EventLog(MemoryStore(), actions, 100)
    assert log.append(codes.GRANTED, 1800000000, 7, 9) == 0
    log.forward()
    send = actions[0]
    assert (send.kind, send.token, send.priority) == (messages.EVENT, 0, None)
    assert send.fields == {
        "sequence": 0,
        "time": 1800000000,
        "code": codes.GRANTED,
        "subject": 7,
        "detail": 9,
    }
    messages.encode(messages.EVENT, send.fields)


def test_few_events_are_under_way_at_once_and_all_arrive_in_order():
    actions = []
    log = EventLog(MemoryStore(), actions, 1000)
    for number in range(100):
        log.append(codes.GRANTED, number)
    seen = []
    log.forward()
    while actions:
        assert len(actions) <= OUTSTANDING
        for fields in drained(actions):
            seen.append(fields["sequence"])
            log.on_outcome(fields["sequence"], True)
        log.forward()
    assert seen == list(range(100))


def test_an_urgent_event_overtakes_a_backlog():
    actions = []
    log = EventLog(MemoryStore(), actions, 1000, (codes.DURESS,))
    for number in range(100):
        log.append(codes.GRANTED, number)
    log.forward()
    actions.clear()
    log.append(codes.DURESS, 100)
    log.forward()
    assert (actions[0].fields["sequence"], actions[0].priority) == (100, messages.URGENT)


def test_an_event_the_link_gave_up_is_sent_again():
    actions = []
    log = EventLog(MemoryStore(), actions, 100)
    log.append(codes.GRANTED, 0)
    log.forward()
    actions.clear()
    assert log.on_outcome(0, False)
    log.forward()
    assert not actions
    log.retry()
    assert [each["sequence"] for each in drained(actions)] == [0]


def test_what_runs_ahead_of_a_stuck_event_is_bounded():
    actions = []
    log = EventLog(MemoryStore(), actions, 1000)
    for number in range(500):
        log.append(codes.GRANTED, number)
    log.forward()
    highest = 0
    while actions:
        for fields in drained(actions):
            highest = max(highest, fields["sequence"])
            if fields["sequence"]:
                log.on_outcome(fields["sequence"], True)
        log.forward()
    assert highest == SPAN - 1


def test_a_restart_goes_on_at_the_mark():
    actions = []
    store = MemoryStore()
    log = EventLog(store, actions, 100)
    for number in range(3):
        log.append(codes.GRANTED, number)
    log.forward()
    log.on_outcome(0, True)
    log.on_outcome(2, True)
    log.forward()
    actions.clear()
    EventLog(store, actions, 100).forward()
    assert [each["sequence"] for each in drained(actions)] == [1, 2]


def test_a_full_log_overwrites_the_oldest_and_counts_them():
    actions = []
    store = MemoryStore()
    log = EventLog(store, actions, 64)
    for number in range(1000):
        log.append(codes.GRANTED, number)
    kept = store.end("events") - store.first("events")
    assert 60 <= kept <= 64
    assert log.lost == 1000 - kept
    log.forward()
    assert drained(actions)[0]["sequence"] == log.lost
    assert EventLog(store, [], 64).lost == log.lost


def test_state_is_that_of_the_last_event():
    store = MemoryStore()
    log = EventLog(store, [], 100)
    log.append(codes.TAMPER, 0, None, None, 4)
    log.append(codes.GRANTED, 0)
    assert EventLog(store, [], 100).state == 4


def test_no_power_cut_loses_or_renumbers_an_event():
    written = {}
    received = {}

    def run(store):
        actions = []
        log = EventLog(store, actions, 1000)

        def deliver():
            log.forward()
            while actions:
                for fields in drained(actions):
                    earlier = received.setdefault(fields["sequence"], fields)
                    assert earlier == fields
                    log.on_outcome(fields["sequence"], True)
                log.forward()

        deliver()
        return log, deliver

    def story(store):
        log, deliver = run(store)
        for number in range(6):
            written[log.append(codes.GRANTED, number)] = number
            if number % 2:
                deliver()
        return True

    def check(store, result):
        run(store)
        for sequence, time in written.items():
            assert received[sequence]["time"] == time
        assert sorted(received) == list(range(len(received)))
        written.clear()
        received.clear()

    assert cut_everywhere(story, check) >= 18
