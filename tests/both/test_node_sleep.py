"""A whole node on a battery, in virtual time: when it sleeps, and what keeps it from that."""

from bedside import BUTTON, CHEAP, RADIO, Bedside, button
from desk import DAY_MS, HOUR_MS, Part
from linli_firmware.node.upkeep import PROVEN_MS
from linli_protocol import messages

# Often enough where little happens while the device is awake.
POLL_MS = 50


def test_without_the_time_the_device_sleeps_lightly_and_alarms_all_the_same():
    bed = Bedside("panic", BUTTON, poll_ms=POLL_MS)
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
    class Transfer(Part):
        under_way = True

        def is_busy(self):
            return self.under_way

    bed = button(poll_ms=POLL_MS)
    transfer = Transfer()
    bed.add_part(transfer)
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


def test_a_battery_device_on_a_bearer_that_always_listens_stays_awake():
    bed = Bedside("panic", BUTTON, poll_ms=POLL_MS, bearers=[{"kind": "uart", "tx": 1, "rx": 3}])
    bed.power_on()
    bed.run(60_000)
    assert bed.sleeps == [] and bed.deep_ms == 0


def test_a_door_is_not_slept_through():
    bed = Bedside("door", {"strike": 18, "d0": 16, "d1": 17}, poll_ms=POLL_MS)
    bed.power_on()
    bed.run(60_000)
    assert bed.sleeps == [] and bed.deep_ms == 0


def test_on_the_mains_nothing_of_it_is_loaded():
    bed = Bedside("panic", BUTTON, {"mains": True})
    bed.power_on()
    assert "sleeper" not in [part.name for part in bed.node.parts]


class Counter:
    """A counter of the chip's own, which stops in its sleep."""

    def __init__(self, number):
        pass

    def value(self):
        return 0


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
