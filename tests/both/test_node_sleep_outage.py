"""A device that sleeps while nobody hears it: it calls again, ever less often, and sleeps on."""

from bedside import CHEAP, COUNTED, METER, Bedside, button, steps
from desk import DAY_MS, HOUR_MS
from linli_firmware.node.upkeep import PROVEN_MS
from linli_protocol import codes, messages

# Often enough where all that happens is that nobody answers.
POLL_MS = 50


def test_the_device_does_not_restart_while_a_message_is_under_way():
    # It waits for long from one attempt to the next, and does not join in between.
    patient = {"retry_max_ms": DAY_MS, "silence_limit": 99}
    patient.update({"urgent_retry_max_ms": DAY_MS, "urgent_silence_limit": 99})
    bed = Bedside("meter", COUNTED, CHEAP, POLL_MS, link=patient)
    bed.power_on()
    bed.run(HOUR_MS // 2)
    starts = bed.starts
    bed.gateway.deaf = True
    bed.at(bed.now, 5, 1)
    bed.at(bed.now + 60_000, 5, 0)
    bed.run(HOUR_MS)
    assert bed.starts == starts + 1
    bed.gateway.deaf = False
    bed.run(bed.node.core.device.link.next_deadline() - bed.now)
    bed.run(2 * HOUR_MS)
    assert bed.events().count(codes.TAMPER) == 1
    assert bed.starts > starts + 1


def after(bed, ms):
    """Return when the uplinks since `ms` were on the air."""
    return [at for at, _ in bed.gateway.uplinks if at >= ms]


def test_a_meter_that_is_tampered_with_calls_a_gateway_that_is_down_ever_less_often():
    bed = Bedside("meter", METER, poll_ms=POLL_MS)
    bed.power_on()
    bed.run(HOUR_MS)
    bed.gateway.deaf = True
    bed.at(bed.now + 1_000, 5, 1)
    # Not so long that it starts anew.
    bed.run(DAY_MS - HOUR_MS)
    # At first as ever: ten within some minutes, for the gateway may have missed a few.
    assert len([at for at in after(bed, HOUR_MS) if at < 2 * HOUR_MS]) >= 10
    # Join requests and the event, each every quarter of an hour or so.
    calls = len(after(bed, bed.now - DAY_MS // 2))
    assert 12 <= calls <= 12 * 16, calls
    assert bed.share_awake() < 0.01
    bed.gateway.deaf = False
    bed.run(HOUR_MS)
    assert bed.events().count(codes.TAMPER) == 1 and bed.starts == 1


def test_a_panic_button_goes_on_calling_every_half_minute():
    bed = button(poll_ms=POLL_MS)
    bed.gateway.deaf = True
    bed.press(bed.now + 1_000)
    bed.run(HOUR_MS // 6)
    calls = after(bed, bed.now - HOUR_MS // 12)
    assert max(steps(calls)) <= 60_000
    bed.gateway.deaf = False
    bed.run(60_000)
    assert len(bed.heard(messages.ALARM)) >= 1


def test_a_device_wakes_to_repeat_what_nobody_has_acknowledged():
    bed = Bedside("meter", METER, poll_ms=POLL_MS)
    bed.power_on()
    bed.run(2 * PROVEN_MS)
    bed.gateway.deaf = True
    # From there on nothing but the link waits for anything: no pulse comes, no report is due.
    bed.at(bed.now, 5, 1)
    sent_at, light_ms = bed.now, bed.light_ms
    bed.run(300_000)
    link = bed.node.core.device.link
    assert link.retransmissions >= 4
    # Not by staying awake for it.
    assert bed.light_ms - light_ms > 250_000
    count = len(after(bed, sent_at))
    bed.gateway.deaf = False
    bed.run(link.next_deadline() - bed.now + 3_000)
    assert len(after(bed, sent_at)) > count
    assert bed.events().count(codes.TAMPER) == 1
