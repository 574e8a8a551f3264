"""A panic button on a battery: it sleeps for days, and no press is lost or late for that."""

from bedside import button, steps
from desk import DAY_MS, HOUR_MS
from linli_protocol import codes, messages


def test_a_button_sleeps_for_days_and_every_heartbeat_comes_on_time():
    bed = button()
    bed.run(4 * DAY_MS)
    beats = bed.beats(messages.HEALTH)
    assert len(beats) == 4
    assert [round(step / 2_000) for step in steps(beats)] == [DAY_MS // 2_000] * 3
    assert bed.starts == 5 and bed.joins() == 1
    assert [fields["battery_mv"] for fields in bed.heard(messages.HEALTH)] == [3_000] * 4
    assert bed.deep_ms > 0.999 * 4 * DAY_MS
    assert bed.share_awake() < 0.0001
    assert bed.node.supervisor.failures == {} and bed.shown == []


def test_a_press_that_ends_deep_sleep_alarms_though_it_is_over_before_the_start():
    bed = button()
    pressed = [2 * DAY_MS + 1_234, 2 * DAY_MS + 5 * HOUR_MS]
    for at in pressed:
        bed.press(at, for_ms=300)
    bed.run(2 * DAY_MS + 10 * HOUR_MS)
    assert [fields["incident"] for fields in bed.heard(messages.ALARM)] == [1, 2]
    for at, sent_at in zip(pressed, bed.beats(messages.ALARM)):
        assert at < sent_at < at + 2_500
    assert bed.joins() == 1
    assert bed.deep_ms > 0.99 * bed.now


def test_a_press_in_light_sleep_alarms_at_once():
    bed = button()
    assert bed.light_ms
    pressed_at = bed.now + 5_000
    bed.press(pressed_at, for_ms=60)
    bed.run(20_000)
    assert len(bed.heard(messages.ALARM)) == 1
    assert bed.beats(messages.ALARM)[0] - pressed_at < 200
    assert bed.starts == 1


def test_presses_are_counted_while_the_incident_is_open():
    bed = button()
    bed.verdict = codes.RECEIVED
    at = DAY_MS + 5_000
    bed.press(at)
    bed.press(at + 20_000)
    bed.run(DAY_MS + 60_000)
    assert [fields.get("presses") for fields in bed.heard(messages.ALARM)] == [None, 2]
    # The lamp blinks on, between light sleeps.
    assert bed.pins[6].changes[-1][0] > at + 30_000


def test_a_button_that_is_held_keeps_the_device_from_deep_sleep_and_is_reported():
    bed = button()
    bed.press(2 * HOUR_MS, for_ms=6 * HOUR_MS)
    bed.run(8 * HOUR_MS - 10_000)
    assert bed.starts == 2 and bed.light_ms > 5 * HOUR_MS
    assert bed.events() == [codes.BUTTON_STUCK]
    bed.run(DAY_MS)
    assert bed.events() == [codes.BUTTON_STUCK, codes.BUTTON_FREE]
    assert len(bed.heard(messages.ALARM)) == 1
    assert bed.starts > 2
