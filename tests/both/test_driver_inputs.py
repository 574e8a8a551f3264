"""Contacts, supervised lines and the button report what happens, when it happens."""

from linli_firmware.drivers.button import LONG_MS, STUCK_MS, Button
from linli_firmware.drivers.level_input import REREAD_MS, LevelInput
from linli_firmware.drivers.supervised_input import (
    ACTIVE,
    NORMAL,
    OPEN,
    SHORT,
    SupervisedInput,
)
from pins import Adc, Bench, InPin, Reports


def contact(level=0, **settings):
    """Return (bench, pin, reports, driver) of a contact that starts at `level`."""
    bench = Bench()
    pin = InPin(bench, level)
    reports = Reports()
    driver = LevelInput(pin, reports.call("level"), **settings)
    bench.drivers.append(driver)
    return bench, pin, reports, driver


def test_a_contact_reports_its_level_at_the_start_and_each_change_at_once():
    bench, pin, reports, driver = contact(1)
    bench.at(1000, pin, 0)
    bench.at(1500, pin, 1)
    bench.run(2000)
    assert reports.list == [("level", True), ("level", False), ("level", True)]
    assert reports.times == [0, 1000, 1500]
    assert driver.level is True


def test_a_contact_whose_interrupt_is_lost_is_read_all_the_same():
    bench, pin, reports, _ = contact()
    bench.run(10)
    pin._handler = None
    bench.at(0, pin, 1)
    bench.run(REREAD_MS)
    assert reports.list == [("level", False), ("level", True)]


def test_a_contact_with_a_steady_time_does_not_report_what_passes():
    bench, pin, reports, _ = contact(1, steady_ms=500)
    bench.run(1000)
    bench.at(0, pin, 0)
    for ms in (100, 200, 300):
        bench.at(ms, pin, ms // 100 % 2)
    bench.at(400, pin, 1)
    bench.run(2000)
    assert reports.take() == [("level", True)]
    bench.at(0, pin, 0)
    bench.run(499)
    assert reports.list == []
    bench.run(1)
    assert reports.list == [("level", False)]


def test_a_contact_on_a_sleeping_device_is_read_when_an_edge_wakes_it():
    bench, pin, reports, driver = contact(0, reread_ms=3_600_000)
    bench.run(100)
    assert driver.next_deadline() == 3_600_000
    bench.at(1_000_000, pin, 1)
    bench.run(1_000_000)
    bench.run(1)
    assert reports.list == [("level", False), ("level", True)]


def line():
    """Return (bench, ADC, reports, driver) of a supervised line with its contact closed."""
    bench = Bench()
    adc = Adc(1650)
    reports = Reports()
    driver = SupervisedInput(adc, reports.call("level"), reports.call("fault"))
    bench.drivers.append(driver)
    bench.run(200)
    assert reports.take() == [("fault", False), ("level", False)]
    return bench, adc, reports, driver


def test_a_supervised_line_tells_contact_bridge_and_cut_apart():
    bench, adc, reports, driver = line()
    story = (
        (2200, ACTIVE, [("level", True)]),
        (0, SHORT, [("fault", True)]),
        (3100, OPEN, []),
        (1650, NORMAL, [("fault", False), ("level", False)]),
        (3100, OPEN, [("fault", True)]),
        (1650, NORMAL, [("fault", False)]),
    )
    for mv, state, expected in story:
        adc.mv = mv
        bench.run(200)
        assert driver.state == state
        assert reports.take() == expected, mv


def test_a_supervised_line_allows_for_resistors_of_five_per_cent():
    bench, adc, reports, _ = line()
    for mv in (1567, 1733, 1650):
        adc.mv = mv
        bench.run(200)
    assert reports.take() == []
    for mv in (2127, 2272):
        adc.mv = mv
        bench.run(200)
    assert reports.take() == [("level", True)]


def test_a_cut_line_that_charges_slowly_is_not_taken_for_its_contact():
    bench, adc, reports, _ = line()
    for mv in (1800, 2000, 2300, 2700):
        adc.mv = mv
        bench.run(15)
    adc.mv = 3100
    bench.run(200)
    assert reports.list == [("fault", True)]


def button(**settings):
    """Return (bench, pin, reports, driver) of a button that is not pressed."""
    bench = Bench()
    pin = InPin(bench)
    reports = Reports()
    driver = Button(
        pin, reports.call("pressed"), reports.call("long"), reports.call("stuck"), **settings
    )
    bench.drivers.append(driver)
    bench.run(500)
    assert reports.take() == []
    return bench, pin, reports, driver


def test_a_press_is_reported_in_the_millisecond_of_its_edge():
    bench, pin, reports, _ = button()
    bench.pulse(100, pin, 80)
    bench.run(300)
    assert reports.list == [("pressed", True), ("pressed", False)]
    assert reports.times == [600, 680]


def test_a_press_is_not_lost_while_the_device_is_busy():
    bench, pin, reports, _ = button()
    bench.pulse(100, pin, 80)
    bench.stall(400)
    bench.run(1)
    assert reports.list == [("pressed", True), ("pressed", False)]


def test_a_press_that_is_still_held_after_a_busy_time_is_one_press():
    bench, pin, reports, _ = button()
    bench.at(100, pin, 1)
    bench.stall(400)
    bench.run(100)
    bench.at(0, pin, 0)
    bench.run(100)
    assert reports.list == [("pressed", True), ("pressed", False)]


def test_a_spike_that_is_over_when_its_interrupt_runs_is_no_press():
    bench, pin, reports, _ = button()
    bench.mask()
    bench.pulse(0, pin, 0.01)
    bench.run(0.1)
    bench.unmask()
    bench.run(100)
    assert reports.list == []


def test_a_button_that_is_down_at_the_start_is_pressed():
    bench = Bench()
    reports = Reports()
    bench.drivers.append(Button(InPin(bench, 1), reports.call("pressed")))
    bench.run(1)
    assert reports.list == [("pressed", True)]


def test_a_long_press_is_reported_once():
    bench, pin, reports, driver = button()
    bench.pulse(0, pin, LONG_MS * 3)
    bench.run(LONG_MS * 4)
    assert reports.list == [("pressed", True), ("long",), ("pressed", False)]
    assert reports.times[1] == 500 + LONG_MS
    for held_ms in (LONG_MS - 1, LONG_MS + 1):
        bench.pulse(0, pin, held_ms)
        bench.run(LONG_MS * 2)
    assert driver.counts == {"long": 2, "stuck": 0}


def test_a_stuck_button_is_reported_and_reported_free():
    # It need not be read in between: an edge wakes the device.
    bench, pin, reports, driver = button(reread_ms=3_600_000)
    bench.pulse(0, pin, STUCK_MS + 10_000)
    bench.run(STUCK_MS)
    assert reports.take()[-1] == ("stuck", True)
    driver.poll(bench.now)
    bench.run(20_000)
    assert reports.take() == [("pressed", False), ("stuck", False)]
    bench.pulse(0, pin, 80)
    bench.run(100)
    assert reports.list == [("pressed", True), ("pressed", False)]
    assert driver.counts == {"long": 1, "stuck": 1}
