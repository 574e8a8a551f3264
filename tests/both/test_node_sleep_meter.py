"""A meter on a battery: it sleeps, and no pulse, report or command is lost for that."""

from bedside import COUNTED, METER, VALVE, Bedside
from desk import DAY_MS, HOUR_MS
from linli_firmware.node import sleeper
from linli_protocol import codes, messages
from support import Random

# End of uplink to the end of the receive window, at least.
WINDOW_MS = 1_000


def taps(days, seed=3):
    """Yield the times of a household's pulses, some hundred a day."""
    random = Random(seed)
    at = 20_000
    while at < days * DAY_MS - HOUR_MS:
        for _ in range(1 + random.below(20)):
            yield at
            at += 900 + random.below(3_000)
        at += 300_000 + random.below(3_600_000)


def test_a_meter_counts_every_pulse_in_light_sleep():
    bed = Bedside("meter", METER)
    pulses = 0
    for at in taps(4):
        bed.press(at, for_ms=250)
        pulses += 1
    bed.power_on()
    bed.run(4 * DAY_MS)
    app = bed.node.core.device.app
    assert (app.forward_ml, bed.starts, bed.joins()) == (pulses * 1000, 1, 1)
    reports = bed.heard(messages.READINGS)
    assert len(reports) >= 4
    assert reports[-1]["time"] % 3_600 == 0 and reports[-1]["volume_l"] <= pulses
    assert bed.share_awake() < 0.0002
    # Two for each pulse, one for each piece of a sleep, and some.
    assert len(bed.sleeps) < 2 * pulses + 4 * DAY_MS // sleeper.PIECE_MS + 4_000


def test_a_pulse_is_told_within_seconds_though_the_next_may_be_hours_away():
    bed = Bedside("meter", METER)
    bed.power_on()
    bed.run(2 * HOUR_MS)
    told = []
    bed.press(bed.now + 60_000, for_ms=250)
    bed.at(bed.now + 62_000, lambda: told.append(bed.node.core.device.app.forward_ml))
    bed.run(90_000)
    assert told == [1_000]


def test_a_pulse_that_lasts_for_hours_counts_once():
    bed = Bedside("meter", METER)
    bed.power_on()
    bed.press(HOUR_MS, for_ms=5 * HOUR_MS)
    bed.press(7 * HOUR_MS, for_ms=100)
    bed.run(8 * HOUR_MS)
    assert bed.node.core.device.app.forward_ml == 2_000
    assert bed.share_awake() < 0.001


def test_a_meter_whose_pulses_are_counted_beside_it_sleeps_deeply_between_hours():
    bed = Bedside("meter", COUNTED)
    bed.chip.count = 999_990
    pulses = 0

    def count():
        bed.chip.count += 1

    for at in taps(4):
        bed.at(at, count)
        pulses += 1
    bed.power_on()
    bed.run(4 * DAY_MS)
    assert bed.node.core.device.app.forward_ml == pulses * 1000
    assert 90 <= bed.starts <= 300 and bed.joins() == 1
    hours = [index[1] for index in [bed.node.core.device.app._registers.last("hourly")]]
    assert hours == [pulses * 1000]
    assert bed.deep_ms > 0.6 * 4 * DAY_MS
    assert bed.share_awake() < 0.001
    assert len(bed.retained.data) <= 64


def test_a_burst_is_found_though_the_meter_sleeps_deeply():
    bed = Bedside("meter", COUNTED)

    def count():
        bed.chip.count += 100

    for minute in range(0, 120, 5):
        bed.at(5 * HOUR_MS + minute * 60_000, count)
    bed.power_on()
    bed.run(7 * HOUR_MS)
    assert codes.BURST in bed.events()
    bed.run(3 * HOUR_MS)
    assert codes.BURST_ENDED in bed.events()
    deep_ms = bed.deep_ms
    bed.run(HOUR_MS)
    assert bed.deep_ms - deep_ms > 0.9 * HOUR_MS


def test_what_is_kept_of_the_counter_serves_one_restart_and_no_other():
    bed = Bedside("meter", COUNTED)
    bed.power_on()
    bed.run(2 * HOUR_MS)
    bed.chip.count += 7
    bed.run(HOUR_MS)
    assert bed.node.core.device.app.forward_ml == 7_000
    for cause in (codes.WATCHDOG, codes.POWER_ON):
        bed.power_on(cause)
        bed.run(HOUR_MS)
        assert bed.node.core.device.app.forward_ml == 7_000


def test_receive_windows_are_not_slept_through():
    bed = Bedside("meter", METER)
    for at in taps(1):
        bed.press(at, for_ms=250)
    bed.power_on()
    bed.run(DAY_MS)
    uplinks = [at for at, _ in bed.gateway.uplinks]
    assert len(uplinks) >= 4
    for at in uplinks:
        assert not [1 for since, to in bed.sleeps if since < at + WINDOW_MS and to > at]


def test_a_command_that_comes_after_an_uplink_is_obeyed():
    for app, pins in (("meter", METER), ("meter", COUNTED)):
        bed = Bedside(app, pins)
        bed.power_on()
        bed.run(10_000)
        bed.command(codes.READ_NOW, good_for_s=86_400)
        # The cover is opened: an event goes up, the command comes down.
        bed.at(5 * HOUR_MS, 5, 1)
        bed.run(6 * HOUR_MS)
        assert bed.heard(messages.RESULT) == [{"id": 1, "status": codes.DONE}]
        assert codes.TAMPER in bed.events()
        assert bed.joins() == 1


class ValveBed(Bedside):
    """A meter whose valve takes 8 s from end to end."""

    def pin_out(self, number, initial=0, inverted=False):
        pin = super().pin_out(number, initial, inverted)
        if number in (13, 14):
            plain = pin.value
            ends = (15, 16) if number == 14 else (16, 15)

            def value(level):
                if level and not pin.level:
                    self.at(self.now + 500, ends[0], 0)
                    self.at(self.now + 8_000, ends[1], 1)
                plain(level)

            pin.value = value
        return pin


def test_a_turning_valve_is_not_slept_through():
    bed = ValveBed("valve_meter", VALVE)
    bed.at(0, 15, 1)
    bed.power_on()
    bed.run(10_000)
    bed.command(codes.CLOSE_VALVE, good_for_s=86_400)
    bed.at(2 * HOUR_MS, 5, 1)
    bed.run(3 * HOUR_MS)
    (on_at, _), (off_at, _) = [each for each in bed.pins[14].changes if each[0] > HOUR_MS]
    assert 8_000 <= off_at - on_at <= 8_100
    assert not [1 for since, to in bed.sleeps if since < off_at and to > on_at]
    assert codes.VALVE_CLOSED in bed.events()
    assert bed.share_awake() < 0.01
