"""The sensor app: what was read is sent in time, on change, and never when it is old."""

from linli_firmware.apps.bus_sensor import BusSensor
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from rig import HOUR_MS, MONDAY, Rig
from support import raises

CHANNELS = ((codes.TEMPERATURE_MC, 500), (codes.ENERGY_WH, 0))


class Sensor(Rig):
    def read(self, channel, value):
        """Give the app a channel's value as the bus does."""
        self.do("set_value", channel, CHANNELS[channel][0], CHANNELS[channel][1], value)


def sensor(store=None, unix_s=MONDAY, **config):
    settings = {"device": 9}
    settings.update(config)
    return Sensor(BusSensor, settings, store or MemoryStore(), unix_s=unix_s)


def sent(rig):
    rows = rig.sent(messages.MEASUREMENT)
    for row in rows:
        messages.encode(messages.MEASUREMENT, row)
    return [(row["channel"], row["value"]) for row in rows]


def test_the_first_value_of_each_channel_is_sent_at_once():
    rig = sensor()
    rig.read(0, 21500)
    rig.read(1, 260)
    first = rig.sent(messages.MEASUREMENT)[0]
    assert (first["time"], first["quantity"]) == (MONDAY, codes.TEMPERATURE_MC)
    assert sent(rig) == [(0, 21500), (1, 260)]


def test_small_changes_wait_for_the_report():
    rig = sensor()
    for value in (21500, 21900, 21100, 21499):
        rig.read(0, value)
        rig.run(61000)
    assert sent(rig) == [(0, 21500)]
    rig.run(HOUR_MS)
    assert sent(rig) == [(0, 21500), (0, 21499)]


def test_a_change_beyond_the_threshold_is_sent_at_once_in_both_directions():
    rig = sensor()
    for value in (-500, -1000, -500):
        rig.read(0, value)
        rig.run(61000)
    assert sent(rig) == [(0, -500), (0, -1000), (0, -500)]


def test_a_value_that_jumps_about_is_not_sent_more_than_once_a_minute():
    rig = sensor()
    for step in range(600):
        rig.read(0, 1000 * (step % 2))
        rig.run(1000)
    assert 5 <= len(sent(rig)) <= 12


def test_energy_goes_out_with_the_reports_only():
    rig = sensor()
    for step in range(24 * 60):
        rig.read(1, 10 * step)
        rig.run(60000)
    assert 24 <= len(sent(rig)) <= 26


def test_a_value_that_is_not_read_any_more_is_not_told_any_more():
    rig = sensor()
    rig.read(0, 21500)
    rig.run(10 * HOUR_MS)
    assert len(sent(rig)) <= 2


def test_read_now_sends_what_is_known():
    rig = sensor()
    rig.read(0, 21500)
    rig.read(0, 21600)
    fields = {"id": 1, "expires": MONDAY + 60, "operation": codes.READ_NOW}
    rig.do("on_message", messages.COMMAND, fields)
    assert sent(rig) == [(0, 21500), (0, 21600)]


def test_a_value_beyond_the_wire_s_range_is_the_range_s_end():
    rig = sensor()
    rig.read(1, 1 << 40)
    assert sent(rig) == [(1, 0x7FFFFFFF)]


def test_absence_is_told_once_by_device_and_outlives_a_restart():
    store = MemoryStore()
    rig = sensor(store)
    for device, present in ((0, True), (1, False), (1, False), (15, False), (1, True)):
        rig.do("set_present", device, present)
    told = [(each["code"], each["subject"]) for each in rig.sent(messages.EVENT)]
    absent, back = codes.METER_ABSENT, codes.METER_RETURNED
    assert told == [(absent, 1), (absent, 15), (back, 1)]
    again = sensor(store)
    again.do("set_present", 15, False)
    again.do("set_present", 15, True)
    assert [each["code"] for each in again.sent(messages.EVENT)] == [back]


def test_without_the_time_values_go_out_without_it():
    rig = sensor(unix_s=None)
    rig.read(0, 1)
    assert rig.sent(messages.MEASUREMENT)[0]["time"] == 0


def test_settings_that_are_wrong_are_named():
    for word, config in (
        ("report_interval_s", {"report_interval_s": 0}),
        ("interval", {"interval": 1}),
    ):
        assert word in str(raises(ValueError, lambda: sensor(**config))), word  # noqa: B023
