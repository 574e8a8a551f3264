"""A whole node on a desk, in virtual time: what each app is for, and time itself."""

from desk import ADDRESS, CONFIG, DAY_MS, TICKS, UNIX_S, Desk, Part
from linli_firmware.bearers.transport import Transport
from linli_firmware.node.monotonic import LONGEST_SLEEP_MS, Monotonic
from linli_firmware.node.way import Way
from linli_protocol import codes, messages
from linli_protocol.bearer import Bearer
from people import STRIKE, show_card


def test_a_door_joins_and_tells_of_a_stranger_whose_card_it_has_read():
    desk = Desk()
    desk.power_on()
    desk.run(2_000)
    assert desk.heard(messages.HELLO)[0]["reset_cause"] == codes.POWER_ON
    show_card(desk, 5)
    desk.run(2_000)
    assert desk.events() == [codes.DENIED_UNKNOWN]
    assert desk.pins[STRIKE].level == 0
    assert desk.rtc is not None and abs(desk.unix_s() - UNIX_S - desk.now // 1000) <= 1


def test_a_command_opens_the_strike_for_its_time():
    desk = Desk()
    desk.power_on()
    desk.run(2_000)
    desk.command(codes.RELEASE_DOOR)
    desk.run(1_000)
    assert desk.pins[STRIKE].level == 1
    desk.run(5_000)
    assert desk.pins[STRIKE].level == 0
    assert desk.heard(messages.RESULT) == [{"id": 1, "status": codes.DONE}]


def test_meters_and_buttons_run_in_the_same_frame():
    meter_pins = {"pulse": 4, "tamper": 5}
    desk = Desk({"bearers": CONFIG["bearers"], "pins": meter_pins}, {"app": "meter"})
    desk.power_on()
    desk.idle(12_000)
    for _ in range(7):
        desk.pins[4].move(1)
        desk.run(100)
        desk.pins[4].move(0)
        desk.run(100)
    desk.run(2_000)
    assert desk.node.core.device.app.forward_ml == 7_000
    button_pins = {"button": 4, "led": 5, "buzzer": 6}
    desk = Desk({"bearers": CONFIG["bearers"], "pins": button_pins}, {"app": "panic"})
    desk.power_on()
    desk.idle(12_000)
    desk.pins[4].move(1)
    desk.run(50)
    desk._serve_hub()
    (alarm,) = desk.heard(messages.ALARM)
    assert (alarm["incident"], alarm["cause"]) == (1, codes.PRESS)


def test_a_restart_of_the_board_goes_on_with_the_session_and_the_log():
    desk = Desk()
    desk.power_on()
    desk.run(2_000)
    show_card(desk, 5)
    desk.line.from_board = bytearray()
    desk.run(35)
    # Decided and written, but the packet gets lost with the power.
    assert desk.store.end("events") == 1 and not desk.delivered[1:]
    desk.line.from_board = bytearray()
    desk.power_on(codes.WATCHDOG)
    desk.run(3_000)
    assert desk.heard(messages.HELLO)[-1]["reset_cause"] == codes.WATCHDOG
    assert desk.events() == [codes.DENIED_UNKNOWN]
    assert desk.node.identity.device == ADDRESS


def test_time_goes_on_past_every_wrap_of_the_ticks():
    ticks = [TICKS - 10]

    def diff(later, earlier):
        return (later - earlier + TICKS // 2) % TICKS - TICKS // 2

    now = Monotonic(lambda: ticks[0] % TICKS, diff)
    passed = 0
    while passed < 40 * DAY_MS:
        ticks[0] += LONGEST_SLEEP_MS
        passed += LONGEST_SLEEP_MS
        assert now() == passed


def test_a_deadline_weeks_ahead_is_kept():
    class Weekly(Part):
        period_ms = 0
        polled = []

        def poll(self, now):
            self.polled.append(now)

        def next_deadline(self):
            return 20 * DAY_MS

    desk = Desk()
    desk.power_on()
    part = Weekly()
    for _, task in desk._tasks:
        task.close()
    desk._tasks = []
    desk.add_part(part)
    desk.hub_is_off = True
    desk.run(20 * DAY_MS - 1)
    assert len(part.polled) == 20 * 24
    desk.run(1)
    assert part.polled[-1] == 20 * DAY_MS
    assert desk.node.now() == 20 * DAY_MS


def test_nothing_prints_the_key():
    desk = Desk()
    node = desk.power_on()
    assert str(node.identity) == "<device 01020304>"


class Recorder:
    """A core, its device and its link in one: what a way tells them."""

    def __init__(self):
        self.device = self.link = self
        self.told = []

    def set_up(self, number, is_up, now):
        self.told.append((number, is_up))

    def connected(self, number, now):
        self.told.append("connected")


class Line(Transport):
    is_connection = True

    def start(self, now):
        pass

    def poll(self, now):
        return []


def test_a_way_tells_of_each_connection():
    core, line = Recorder(), Line(Bearer("line", 240))
    way = Way(3, line, None, core)
    for is_up in (False, True, True, False, True):
        line.is_up = is_up
        way.poll(0)
    assert core.told == [(3, False), (3, True), "connected", (3, False), (3, True), "connected"]
    line.is_connection = False
    for is_up in (False, True):
        line.is_up = is_up
        way.poll(0)
    assert core.told[-2:] == [(3, False), (3, True)]
