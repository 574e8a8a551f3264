"""A whole node on a battery, in virtual time: it sleeps, and nothing is lost or late for that."""

from bedside import BUTTON, COUNTED, METER, RADIO, VALVE, Bedside
from linli_firmware.node import sleeper
from linli_firmware.node.upkeep import PROVEN_MS
from linli_protocol import codes, messages
from support import Random

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
# End of uplink to the end of the receive window, at least.
WINDOW_MS = 1_000


def button(**config):
    """Return a panic button that has joined."""
    bed = Bedside("panic", BUTTON, **config)
    bed.power_on()
    bed.run(10_000)
    return bed


def taps(days, seed=3):
    """Yield the times of a household's pulses, some hundred a day."""
    random = Random(seed)
    at = 20_000
    while at < days * DAY_MS - HOUR_MS:
        for _ in range(1 + random.below(20)):
            yield at
            at += 900 + random.below(3_000)
        at += 300_000 + random.below(3_600_000)


class Counter:
    """A counter of the chip's own, which stops in its sleep."""

    def __init__(self, number):
        pass

    def value(self):
        return 0


# Where restarts cost next to nothing, every gap of 13 s and more would be slept deeply.
CHEAP = {"restart_uc": 1_000}


def joins(bed):
    """Return how many join requests have gone out."""
    return len(bed.beats(messages.JOIN_REQUEST))


def steps(times):
    """Return how far times are apart."""
    return [times[place + 1] - times[place] for place in range(len(times) - 1)]


def hold(bed, part):
    """Have one more part in the node."""
    bed.node.parts.append(part)
    bed._tasks.append([bed.now, bed.node.supervisor.keep(part)])


def test_a_button_sleeps_for_days_and_every_heartbeat_comes_on_time():
    bed = button()
    bed.run(4 * DAY_MS)
    beats = bed.beats(messages.HEALTH)
    assert len(beats) == 4
    assert [round(step / 2_000) for step in steps(beats)] == [DAY_MS // 2_000] * 3
    assert bed.starts == 5 and joins(bed) == 1
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
    assert joins(bed) == 1
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


def test_a_meter_counts_every_pulse_in_light_sleep():
    bed = Bedside("meter", METER)
    pulses = 0
    for at in taps(4):
        bed.press(at, for_ms=250)
        pulses += 1
    bed.power_on()
    bed.run(4 * DAY_MS)
    app = bed.node.core.device.app
    assert (app.forward_ml, bed.starts, joins(bed)) == (pulses * 1000, 1, 1)
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
    assert 90 <= bed.starts <= 300 and joins(bed) == 1
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
        command = {"id": 1, "expires": 1_900_000_000, "operation": codes.READ_NOW}
        bed.hub.send(messages.COMMAND, command, bed.now)
        # The cover is opened: an event goes up, the command comes down.
        bed.at(5 * HOUR_MS, 5, 1)
        bed.run(6 * HOUR_MS)
        assert bed.heard(messages.RESULT) == [{"id": 1, "status": codes.DONE}]
        assert codes.TAMPER in bed.events()
        assert joins(bed) == 1


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
    command = {"id": 1, "expires": 1_900_000_000, "operation": codes.CLOSE_VALVE}
    bed.hub.send(messages.COMMAND, command, bed.now)
    bed.at(2 * HOUR_MS, 5, 1)
    bed.run(3 * HOUR_MS)
    (on_at, _), (off_at, _) = [each for each in bed.pins[14].changes if each[0] > HOUR_MS]
    assert 8_000 <= off_at - on_at <= 8_100
    assert not [1 for since, to in bed.sleeps if since < off_at and to > on_at]
    assert codes.VALVE_CLOSED in bed.events()
    assert bed.share_awake() < 0.01


def test_a_driver_that_fails_is_built_anew_before_the_device_sleeps_long():
    class Faulty:
        def poll(self, now):
            raise OSError(5)

        def next_deadline(self):
            return 0

    bed = Bedside("meter", METER)
    bed.power_on()
    bed.run(HOUR_MS)
    at = bed.now + 10_000
    bed.at(at, lambda: bed.node.wiring.drivers.append(Faulty()))
    bed.press(at + 1, for_ms=100)
    bed.press(at + 60_000, for_ms=100)
    bed.run(120_000)
    assert bed.node.supervisor.failures == {"wiring": 2}
    assert len(bed.node.wiring.drivers) == 3
    assert codes.TASK_RESTARTED in bed.events()
    # The pulse in which it failed may be lost, no other.
    assert bed.node.core.device.app.forward_ml >= 1_000


def test_a_driver_that_always_fails_costs_no_more_than_its_retries():
    class Hopeless:
        def poll(self, now):
            raise OSError(5)

        def next_deadline(self):
            return 0

    bed = Bedside("meter", METER)
    bed.power_on()
    bed.run(HOUR_MS)
    bed.node.wiring.drivers.append(Hopeless())
    # Wired anew it is there again, and as hopeless.
    kind = bed.node.wiring._kind

    class Kind:
        @staticmethod
        def wire(pins, port, board):
            drivers, outputs = kind.wire(pins, port, board)
            return drivers + [Hopeless()], outputs

    bed.node.wiring._kind = Kind
    bed.press(bed.now + 3 * HOUR_MS, for_ms=100)
    bed.run(6 * HOUR_MS)
    assert 300 <= bed.node.supervisor.failures["wiring"] <= 500
    assert bed.share_awake() < 0.01
    assert bed.node.core.device.app.forward_ml == 1_000


def test_a_part_that_always_fails_costs_no_more_than_its_retries():
    class Hopeless:
        name = "hopeless"
        vital = False
        period_ms = 50

        def restart(self, now):
            pass

        def poll(self, now):
            raise OSError(5)

        def next_deadline(self):
            return None

    bed = button()
    hold(bed, Hopeless())
    bed.run(6 * HOUR_MS)
    assert bed.node.supervisor.failures["hopeless"] >= 300
    assert bed.starts == 1
    assert bed.share_awake() < 0.01
    bed.press(bed.now + 1_000)
    bed.run(60_000)
    assert len(bed.heard(messages.ALARM)) == 1


def test_the_watchdog_is_fed_through_a_sleep_and_not_when_the_node_is_stuck():
    bed = Bedside("meter", METER)
    bed.power_on()
    fed = []
    bed.feed = lambda: fed.append(bed.now)
    bed.run(HOUR_MS)
    assert max(steps(fed)) <= sleeper.PIECE_MS + 1_000
    assert bed.node.supervisor.is_well(bed.node.now())

    def poll(now):
        raise RuntimeError("planted")

    bed.node.core.poll = poll
    bed.node.core.restart = poll
    bed.node.core.next_deadline = lambda: None
    for _ in range(5):
        # The end of each run ends a sleep.
        bed.run(60_000)
    stuck_at = bed.now
    del fed[:]
    bed.run(60_000)
    assert fed == []
    assert not [1 for since, to in bed.sleeps if since > stuck_at]


def test_without_the_time_the_device_sleeps_lightly_and_alarms_all_the_same():
    bed = Bedside("panic", BUTTON)
    bed.gateway.deaf = True
    bed.power_on()
    bed.run(2 * DAY_MS)
    # It starts anew after a day without the hub, which may be the radio's fault.
    assert bed.starts == 2 and bed.deep_ms == 0
    assert bed.share_awake() < 0.01
    bed.press(bed.now + 60_000)

    def hear():
        bed.gateway.deaf = False

    bed.at(bed.now + 120_000, hear)
    bed.run(300_000)
    (alarm,) = bed.heard(messages.ALARM)[:1]
    assert alarm["time"] == 0
    bed.run(DAY_MS)
    assert bed.deep_ms


def test_what_a_sleep_would_lose_keeps_the_device_awake():
    class Transfer:
        name = "transfer"
        vital = False
        period_ms = 50
        under_way = True

        def restart(self, now):
            pass

        def poll(self, now):
            pass

        def next_deadline(self):
            return None

        def is_busy(self):
            return self.under_way

    bed = button()
    transfer = Transfer()
    hold(bed, transfer)
    bed.run(100)
    begun = bed.now
    bed.run(60_000)
    assert not [1 for since, _ in bed.sleeps if since > begun]
    transfer.under_way = False
    bed.run(600_000)
    assert bed.deep_ms


def test_an_image_proves_itself_before_the_first_restart_and_is_not_asked_again():
    bed = Bedside("panic", BUTTON, CHEAP)
    proven = []
    bed.power_on()
    bed.node.when_proven.append(lambda: proven.append(bed.now))
    bed.run(PROVEN_MS)
    assert bed.deep_ms == 0
    bed.run(HOUR_MS)
    assert [PROVEN_MS <= at <= PROVEN_MS + 5_000 for at in proven] == [True]
    assert bed.deep_ms > HOUR_MS - 10_000
    bed.press(DAY_MS // 2)
    light_ms = bed.light_ms
    bed.run(DAY_MS // 2)
    assert bed.starts == 3 and bed.light_ms - light_ms < 30_000


def test_the_device_does_not_restart_while_a_message_is_under_way():
    patient = {"urgent_retry_max_ms": 100 * HOUR_MS, "urgent_silence_limit": 99}
    bed = Bedside("meter", COUNTED, CHEAP, link=patient)
    bed.power_on()
    bed.run(HOUR_MS // 2)
    starts = bed.starts
    bed.gateway.deaf = True
    bed.at(bed.now, 5, 1)
    bed.at(bed.now + 60_000, 5, 0)
    bed.run(12 * HOUR_MS)
    assert bed.starts == starts + 1
    bed.gateway.deaf = False
    bed.run(12 * HOUR_MS)
    assert bed.events().count(codes.TAMPER) == 1
    assert bed.starts > starts + 1


def after(bed, ms):
    """Return when the uplinks since `ms` were on the air."""
    return [at for at, _ in bed.gateway.uplinks if at >= ms]


def test_a_meter_that_is_tampered_with_calls_a_gateway_that_is_down_ever_less_often():
    bed = Bedside("meter", METER)
    bed.power_on()
    bed.run(HOUR_MS)
    bed.gateway.deaf = True
    bed.at(bed.now + 1_000, 5, 1)
    bed.run(DAY_MS)
    # At first as ever: ten within some minutes, for the gateway may have missed a few.
    assert len([at for at in after(bed, HOUR_MS) if at < 2 * HOUR_MS]) >= 10
    # Join requests and the event, each every quarter of an hour or so.
    calls = len(after(bed, bed.now - DAY_MS // 2))
    assert 12 <= calls <= 12 * 16, calls
    assert bed.share_awake() < 0.01
    bed.gateway.deaf = False
    bed.run(HOUR_MS)
    assert bed.events().count(codes.TAMPER) == 1


def test_a_panic_button_goes_on_calling_every_half_minute():
    bed = button()
    bed.gateway.deaf = True
    bed.press(bed.now + 1_000)
    bed.run(HOUR_MS // 6)
    calls = after(bed, bed.now - HOUR_MS // 12)
    assert max(steps(calls)) <= 60_000
    bed.gateway.deaf = False
    bed.run(60_000)
    assert len(bed.heard(messages.ALARM)) >= 1


def test_a_device_wakes_to_repeat_what_nobody_has_acknowledged():
    bed = Bedside("meter", METER)
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


def test_a_battery_device_on_a_bearer_that_always_listens_stays_awake():
    bed = Bedside("panic", BUTTON, bearers=[{"kind": "uart", "tx": 1, "rx": 3}])
    bed.power_on()
    bed.run(60_000)
    assert bed.sleeps == [] and bed.deep_ms == 0


def test_a_door_is_not_slept_through():
    bed = Bedside("door", {"strike": 18, "d0": 16, "d1": 17})
    bed.power_on()
    bed.run(60_000)
    assert bed.sleeps == [] and bed.deep_ms == 0


def test_on_the_mains_nothing_of_it_is_loaded():
    bed = Bedside("panic", BUTTON, {"mains": True})
    bed.power_on()
    assert "sleeper" not in [part.name for part in bed.node.parts]


def test_settings_at_fault_are_named():
    electronic = {"pulse": {"number": 4, "electronic": True}}
    for app, pins, power, complaint in (
        ("panic", BUTTON, {"longest": 1}, "power: no setting longest"),
        ("panic", BUTTON, {"light_ua": 1}, "light_ua"),
        ("meter", electronic, {}, "pins.pulse.electronic: its counter stops in sleep"),
        ("meter", {"counter": {"sda": 1}}, {}, "scl: needed"),
    ):
        bed = Bedside(app, pins, power, bearers=[RADIO])
        bed.counter = Counter
        bed.power_on()
        assert complaint in bed.shown[0]
