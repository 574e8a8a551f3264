"""What goes wrong with a node's bearers, flash and logic stays there."""

from desk import CONFIG, Desk
from faults import NEVER, break_core, break_flash
from linli_firmware.bearers.transport import Transport
from linli_firmware.node import supervisor
from linli_firmware.node.way import Way
from linli_protocol import codes, messages
from linli_protocol.bearer import Bearer
from people import EXIT, STRIKE, press_exit, show_card


class Broken(Transport):
    """A way that raises whenever it is polled."""

    def __init__(self):
        super().__init__(Bearer("broken", 240))

    def start(self, now):
        pass

    def stop(self):
        pass

    def poll(self, now):
        raise RuntimeError("planted")

    def next_deadline(self):
        return None


def test_a_bearer_that_always_fails_costs_the_door_nothing():
    desk = Desk()
    node = desk.power_on()
    broken = Broken()
    node.core._transports.append(broken)
    desk.add_part(Way(1, broken, node.inbox, node.core))
    desk.idle(600_000)
    failures = node.supervisor.failures["broken"]
    assert 10 <= failures <= 20
    assert len(desk.errors) == len(bin(failures)) - 2
    assert desk.events() == [codes.TASK_RESTARTED] * len(desk.errors)
    assert [told["detail"] for told in desk.heard(messages.EVENT)][:4] == [1, 2, 4, 8]
    show_card(desk, 5)
    desk.run(1_000)
    assert codes.DENIED_UNKNOWN in desk.events()
    assert desk.now - desk.fed_at <= 1_000


def test_a_radio_that_cannot_even_be_started_costs_the_door_nothing():
    desk = Desk()

    def uart(number, baudrate, tx, rx):
        raise RuntimeError("no answer")

    desk.uart = uart
    node = desk.power_on()
    desk.run(1_000)
    show_card(desk, 5)
    desk.run(1_000)
    assert node.supervisor.failures["uart"] >= 1
    newest = desk.store.read("events", desk.store.end("events") - 1)
    assert newest[14] == codes.DENIED_UNKNOWN


def test_a_door_whose_logic_raises_starts_again_on_its_store():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    before = node.core.device
    break_core(desk)
    desk.run(5_000)
    assert node.core.device is not before
    assert node.supervisor.failures == {"core": 1}
    assert desk.events() == [codes.TASK_RESTARTED]
    show_card(desk, 5)
    desk.run(1_000)
    assert desk.events()[-1] == codes.DENIED_UNKNOWN


def test_a_door_whose_logic_cannot_be_built_is_tried_again_until_it_can():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    build, state = node.core._build, [3]

    def fails_three_times():
        state[0] -= 1
        if state[0] >= 0:
            raise MemoryError("no room")
        return build()

    node.core._build = fails_three_times
    break_core(desk)
    desk.run(20_000)
    assert node.supervisor.failures["core"] == 4
    show_card(desk, 5)
    desk.run(1_000)
    assert desk.events()[-1] == codes.DENIED_UNKNOWN


def test_a_flash_that_takes_nothing_any_more_locks_nobody_in():
    desk = Desk(EXIT)
    node = desk.power_on()
    desk.run(2_000)
    break_flash(desk, NEVER)
    for _ in range(5):
        assert press_exit(desk)
        desk.idle(10_000)
    assert node.supervisor.failures["core"] > 2
    # A card is not taken at its word without a record.
    show_card(desk, 1)
    desk.run(3_000)
    assert desk.pins[STRIKE].level == 0


def test_no_strike_stays_released_by_a_core_that_cannot_go_on():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    desk.command(codes.RELEASE_DOOR)
    desk.run(1_000)
    assert desk.pins[STRIKE].level == 1
    break_flash(desk, 1_000)
    break_core(desk)
    desk.run(10_000)
    assert desk.pins[STRIKE].level == 0
    assert node.supervisor.failures["core"] > 2


def test_a_door_forced_after_its_logic_has_failed_is_told():
    desk = Desk()
    desk.power_on()
    desk.run(2_000)
    break_core(desk)
    desk.run(3_000)
    desk.pins[4].move(1)
    desk.run(1_000)
    assert desk.events()[-1] == codes.FORCED


def test_a_valve_goes_on_closing_after_its_logic_has_failed():
    pins = {"pulse": 4, "valve_open": 13, "valve_close": 14, "end_open": 15, "end_closed": 16}
    desk = Desk(dict(CONFIG, pins=pins), {"app": "valve_meter"})
    desk.power_on()
    desk.pins[15].move(1)
    desk.run(5_000)
    desk.command(codes.CLOSE_VALVE)
    desk.run(1_000)
    desk.pins[15].move(0)
    desk.run(500)
    break_core(desk)
    desk.run(3_000)
    assert desk.pins[14].level == 1
    desk.pins[16].move(1)
    desk.run(1_000)
    assert desk.pins[14].level == 0
    assert desk.events()[-1] == codes.VALVE_CLOSED


def test_a_press_during_which_the_flash_failed_alarms_all_the_same():
    pins = {"button": 4, "magnet": 5, "led": 6, "buzzer": 7}
    desk = Desk(dict(CONFIG, pins=pins), {"app": "panic"})
    node = desk.power_on()
    desk.run(2_000)
    break_flash(desk, 1)
    desk.pins[4].move(1)
    desk.run(300)
    desk.pins[4].move(0)
    desk.run(5_000)
    assert [fields["incident"] for fields in desk.heard(messages.ALARM)] == [1]
    assert node.supervisor.failures == {"core": 1}


def test_a_level_that_the_logic_always_chokes_on_is_not_taken_for_ever():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    node.inbox.port("set_no_such_thing")(1, desk.now)
    desk.run(10_000)
    assert node.supervisor.failures == {"core": 2}
    show_card(desk, 5)
    desk.run(1_000)
    assert desk.events()[-1] == codes.DENIED_UNKNOWN


def test_the_watchdog_is_the_last_resort():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    node.core._build = None
    break_core(desk)
    desk.idle(supervisor.STUCK_MS - 10_000)
    assert desk.now - desk.fed_at <= 1_000
    desk.idle(20_000 + 60_000)
    assert desk.now - desk.fed_at >= 60_000
    assert node.supervisor.failures["core"] > 3


def test_what_makes_failures_known_may_fail_itself():
    desk = Desk()
    node = desk.power_on()

    def report(part, error, now):
        raise MemoryError()

    node.supervisor._failed = report
    break_core(desk)
    desk.run(10_000)
    assert node.supervisor.failures == {"core": 1, "failed": 1}
