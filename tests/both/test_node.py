"""A whole node on a desk, in virtual time: what goes wrong in one part stays there."""

from desk import ADDRESS, CONFIG, PINS, UNIX_S, Broken, Desk
from doors import frame
from linli_firmware.node import supervisor
from linli_firmware.node.monotonic import LONGEST_SLEEP_MS, Monotonic
from linli_firmware.node.way import Way
from linli_protocol import codes, messages

DAY_MS = 86_400_000
TICKS = 1 << 30


def show_card(desk, person, bits=34):
    """Let the reader send a card's pulses, 2 ms apart."""
    number = frame(person)
    for place in range(bits - 1, -1, -1):
        pin = desk.pins[17 if number >> place & 1 else 16]
        pin.move(1)
        pin.move(0)
        desk.run(2)


def test_a_door_joins_and_tells_of_a_stranger_whose_card_it_has_read():
    desk = Desk()
    desk.power_on()
    desk.run(2_000)
    assert desk.heard(messages.HELLO)[0]["reset_cause"] == codes.POWER_ON
    show_card(desk, 5)
    desk.run(2_000)
    assert desk.events() == [codes.DENIED_UNKNOWN]
    assert desk.pins[18].level == 0
    assert desk.rtc is not None and abs(desk.unix_s() - UNIX_S - desk.now // 1000) <= 1


def test_a_command_opens_the_strike_for_its_time():
    desk = Desk()
    desk.power_on()
    desk.run(2_000)
    command = {"id": 1, "expires": UNIX_S + 60, "operation": codes.RELEASE_DOOR}
    desk.hub.send(messages.COMMAND, command, desk.now)
    desk.run(1_000)
    assert desk.pins[18].level == 1
    desk.run(5_000)
    assert desk.pins[18].level == 0
    assert desk.heard(messages.RESULT) == [{"id": 1, "status": codes.DONE}]


def test_a_bearer_that_always_fails_costs_the_door_nothing():
    desk = Desk()
    node = desk.power_on()
    broken = Broken()
    node.core._transports.append(broken)
    desk._tasks.append([desk.now, node.supervisor.keep(Way(1, broken, node.inbox, node.core))])
    node.parts.append(desk.node.parts[2])
    desk.idle(600_000)
    failures = node.supervisor.failures["broken"]
    assert 10 <= failures <= 20
    assert len(desk.errors) == len(bin(failures)) - 2
    restarts = [e for e in desk.heard(messages.EVENT) if e["code"] == codes.TASK_RESTARTED]
    assert len(restarts) == 0
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
    node.inbox.port("no_such_method")(desk.now)
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
    node.inbox.port("no_such_method")(desk.now)
    desk.run(20_000)
    assert node.supervisor.failures["core"] == 4
    show_card(desk, 5)
    desk.run(1_000)
    assert desk.events()[-1] == codes.DENIED_UNKNOWN


def break_flash(desk, times):
    """Let the next writes of the store fail."""
    append, left = desk.files.append, [times]

    def fails(name, data):
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(28)
        append(name, data)

    desk.files.append = fails


EXIT = dict(CONFIG, pins=dict(PINS, exit_button=5))


def press_exit(desk):
    """Press the exit button for a moment; return whether that has released the strike in time."""
    desk.pins[5].move(1)
    desk.run(200)
    desk.pins[5].move(0)
    desk.run(400)
    is_released = desk.pins[18].level
    desk.run(6_000)
    assert desk.pins[18].level == 0
    return is_released


def test_a_flash_that_takes_nothing_any_more_locks_nobody_in():
    desk = Desk(EXIT)
    node = desk.power_on()
    desk.run(2_000)
    break_flash(desk, 1 << 30)
    for _ in range(5):
        assert press_exit(desk)
        desk.idle(10_000)
    assert node.supervisor.failures["core"] > 2
    # A card is not taken at its word without a record.
    show_card(desk, 1)
    desk.run(3_000)
    assert desk.pins[18].level == 0


def test_no_strike_stays_released_by_a_core_that_cannot_go_on():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    fields = {"id": 1, "expires": UNIX_S + 60, "operation": codes.RELEASE_DOOR}
    desk.hub.send(messages.COMMAND, fields, desk.now)
    desk.run(1_000)
    assert desk.pins[18].level == 1
    break_flash(desk, 1_000)
    node.inbox.port("no_such_method")(desk.now)
    desk.run(10_000)
    assert desk.pins[18].level == 0
    assert node.supervisor.failures["core"] > 2


def test_a_door_forced_after_its_logic_has_failed_is_told():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    node.inbox.port("no_such_method")(desk.now)
    desk.run(3_000)
    desk.pins[4].move(1)
    desk.run(1_000)
    assert desk.events()[-1] == codes.FORCED


def test_a_valve_goes_on_closing_after_its_logic_has_failed():
    pins = {"pulse": 4, "valve_open": 13, "valve_close": 14, "end_open": 15, "end_closed": 16}
    desk = Desk(dict(CONFIG, pins=pins), {"app": "valve_meter"})
    node = desk.power_on()
    desk.pins[15].move(1)
    desk.run(5_000)
    fields = {"id": 1, "expires": UNIX_S + 60, "operation": codes.CLOSE_VALVE}
    desk.hub.send(messages.COMMAND, fields, desk.now)
    desk.run(1_000)
    desk.pins[15].move(0)
    desk.run(500)
    node.inbox.port("no_such_method")(desk.now)
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


def test_a_driver_that_raises_is_built_anew_and_the_strike_stays_as_it_was():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    fields = {"id": 1, "expires": UNIX_S + 60, "operation": codes.EMERGENCY_RELEASE}
    desk.hub.send(messages.COMMAND, fields, desk.now)
    desk.run(1_000)
    assert desk.pins[18].level == 1
    wiring = node.parts[1]

    class Faulty:
        def poll(self, now):
            raise OSError(5)

    wiring.drivers.append(Faulty())
    desk.run(5_000)
    assert node.supervisor.failures == {"wiring": 2}
    assert desk.pins[18].level == 1


class Sensor:
    """A driver whose chip does not answer the next `failing` times."""

    def __init__(self, failing):
        self.failing = failing

    def poll(self, now):
        self.failing -= 1
        if self.failing >= 0:
            raise OSError(5)


def add_driver(node, make):
    """Have the node wired with one more driver, now and whenever it is wired anew."""
    kind = node.wiring._kind

    class Kind:
        @staticmethod
        def wire(pins, port, board):
            drivers, outputs = kind.wire(pins, port, board)
            return [make()] + drivers, outputs

    node.wiring._kind = Kind
    node.wiring.drivers.insert(0, make())


def test_a_sensor_that_never_answers_leaves_the_reader_its_time():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    add_driver(node, lambda: Sensor(1_000))
    desk.run(10_000)
    for person in range(10):
        show_card(desk, person)
        desk.run(3_000)
    desk.run(2_000)
    assert desk.events().count(codes.DENIED_UNKNOWN) >= 8
    assert node.supervisor.failures["wiring"] <= 7


def test_at_most_one_pulse_is_lost_when_something_else_is_wrong_with_a_meter():
    # Wired anew once, it does not know a contact that has just closed from one closed long ago.
    for failing, least in ((1, 50_000), (1_000, 49_000)):
        desk = Desk(dict(CONFIG, pins={"pulse": 4}), {"app": "meter"})
        node = desk.power_on()
        desk.run(2_000)
        add_driver(node, lambda: Sensor(failing))  # noqa: B023 called in this turn only
        for _ in range(50):
            desk.pins[4].move(1)
            desk.run(60)
            desk.pins[4].move(0)
            desk.run(140)
        desk.run(2_000)
        assert least <= node.core.device.app._totals.forward_ml <= 50_000


def test_a_lamp_that_raises_does_not_keep_the_door_shut():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)

    class Dark:
        def set(self, value, now):
            raise OSError(5)

    node.core._outputs["led"] = Dark()
    fields = {"id": 1, "expires": UNIX_S + 60, "operation": codes.RELEASE_DOOR}
    desk.hub.send(messages.COMMAND, fields, desk.now)
    desk.run(1_000)
    assert desk.pins[18].level == 1
    assert node.core.faults and node.supervisor.failures == {}


def test_the_watchdog_is_the_last_resort():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    node.core._build = None
    node.inbox.port("no_such_method")(desk.now)
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
    node.inbox.port("no_such_method")(desk.now)
    desk.run(10_000)
    assert node.supervisor.failures == {"core": 1, "failed": 1}


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
    class Weekly:
        name = "weekly"
        vital = False
        period_ms = 0

        def __init__(self):
            self.polled = []

        def restart(self, now):
            pass

        def poll(self, now):
            self.polled.append(now)

        def next_deadline(self):
            return 20 * DAY_MS

    desk = Desk()
    desk.power_on()
    part = Weekly()
    for _, task in desk._tasks:
        task.close()
    desk._tasks = [[desk.now, desk.node.supervisor.keep(part)]]
    desk.hub.next_deadline = lambda: None
    desk._serve_hub = lambda: None
    desk.run(20 * DAY_MS - 1)
    assert len(part.polled) == 20 * 24
    desk.run(1)
    assert part.polled[-1] == 20 * DAY_MS
    assert desk.node.now() == 20 * DAY_MS


def test_the_good_configuration_takes_over_from_a_broken_one():
    desk = Desk()
    desk.power_on()
    desk.idle(70_000)
    desk.configure(b'{"bearers": [{"kind": "uart", "tx": 1')
    desk.power_on(codes.HARD_RESET)
    desk.run(3_000)
    assert desk.events() == [codes.CONFIG_REFUSED]
    assert desk.shown[0].startswith("config.json: no JSON")
    show_card(desk, 5)
    desk.run(1_000)
    assert desk.events()[-1] == codes.DENIED_UNKNOWN


def test_no_configuration_keeps_a_board_from_starting():
    desk = Desk()
    desk.power_on()
    desk.idle(70_000)
    for baud in (0, "fast", [], 1 << 80):
        bearer = {"kind": "uart", "tx": 1, "rx": 3, "baud": baud}
        desk.configure(dict(CONFIG, bearers=[bearer]))
        desk.power_on()
        desk.run(2_000)
        show_card(desk, 5)
        desk.run(1_000)
        assert desk.events()[-1] == codes.DENIED_UNKNOWN


def test_what_has_proven_itself_is_kept_though_the_flash_fails_at_first():
    desk = Desk()
    desk.power_on()
    replace, left = desk.configs.replace, [2]

    def fails_twice(name, chunks):
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(28)
        replace(name, chunks)

    desk.configs.replace = fails_twice
    desk.idle(80_000)
    assert desk.configs.size("config.good.json")


def test_a_configuration_is_not_taken_for_good_before_it_has_worked():
    desk = Desk()
    desk.power_on()
    desk.idle(50_000)
    assert "config.good.json" not in desk.configs.names()
    desk.idle(20_000)
    assert "config.good.json" in desk.configs.names()


def test_a_configuration_that_does_not_reach_the_hub_is_no_good_one():
    desk = Desk()
    serve = desk._serve_hub
    desk._serve_hub = lambda: None
    desk.power_on()
    desk.idle(300_000)
    assert "config.good.json" not in desk.configs.names()
    desk._serve_hub = serve
    desk.idle(60_000)
    assert "config.good.json" in desk.configs.names()


def test_without_any_configuration_that_works_the_board_still_reports():
    for config in (None, b"{", {"bearers": [], "pins": PINS}):
        desk = Desk(config)
        desk.power_on()
        desk.idle(15_000)
        assert desk.starter.is_safe
        assert desk.events() == ([codes.CONFIG_REFUSED] if config else []) + [codes.SAFE_MODE]
        assert desk.now - desk.fed_at <= 1_000


def test_safe_mode_uses_the_bearers_of_a_configuration_whose_pins_are_wrong():
    config = dict(CONFIG)
    config["pins"] = {"strike": "eighteen"}
    desk = Desk(config, {"bearers": []})
    desk.power_on()
    desk.idle(15_000)
    assert desk.shown[0] == "config.json: pins.strike: a pin number, or an object with one"
    assert desk.events() == [codes.CONFIG_REFUSED, codes.SAFE_MODE]


def test_what_is_wrong_with_a_configuration_is_said_where():
    cases = (
        (b"[1]", "not an object"),
        ({"pins": {}}, "bearers: at least one"),
        ({"bearers": [{"kind": "pigeon"}]}, "bearers[0].kind: one of uart, "),
        ({"bearers": CONFIG["bearers"], "lamps": 1}, "lamps: no such setting"),
        ({"bearers": CONFIG["bearers"], "pins": []}, "pins: must be dict"),
        ({"bearers": CONFIG["bearers"], "link": {"queue": 1}}, "link.queue: no such setting"),
        (
            {"bearers": CONFIG["bearers"], "association": {"join_ms": 1}},
            "association.join_ms: no such setting",
        ),
        (
            {"bearers": CONFIG["bearers"], "link": {"queue_limit": "many"}},
            "link.queue_limit: a number, not negative",
        ),
        (
            {"bearers": CONFIG["bearers"], "association": {"join_retry_ms": -1}},
            "association.join_retry_ms: a number, not negative",
        ),
        (
            {"bearers": CONFIG["bearers"], "pins": PINS, "settings": {"wrong_pins_max": "x"}},
            "wrong_pins_max: must be int",
        ),
        ({"bearers": [{"kind": "uart", "tx": 1}], "pins": PINS}, "rx: needed"),
        ({"bearers": CONFIG["bearers"], "pins": {}}, "pins.strike: missing"),
        ({"bearers": CONFIG["bearers"], "pins": {"strike": 1, "lamp": 2}}, "pins.lamp: nothing"),
        ({"bearers": CONFIG["bearers"], "pins": {"strike": 1, "d0": 2}}, "a reader has both"),
        (
            {"bearers": CONFIG["bearers"], "pins": {"strike": {"number": 1, "colour": 2}}},
            "pins.strike.colour: no such option",
        ),
        (
            {"bearers": CONFIG["bearers"], "pins": PINS, "settings": {"release_s": 1}},
            "release_s: 3 to 255",
        ),
        (
            {"bearers": CONFIG["bearers"], "pins": PINS, "settings": {"releases": 1}},
            "releases: no such setting",
        ),
    )
    for config, said in cases:
        desk = Desk(config)
        desk.power_on()
        assert desk.starter.is_safe and desk.starter.refused
        assert said in desk.shown[0], (desk.shown, said)
        desk.run(10)


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


def test_nothing_prints_the_key():
    desk = Desk()
    node = desk.power_on()
    assert str(node.identity) == "<device 01020304>"
