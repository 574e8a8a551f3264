"""Which configuration a node takes, and what it says of a bad one."""

from desk import CONFIG, PINS, Desk
from linli_protocol import codes
from people import show_card


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
    desk.hub_is_off = True
    desk.power_on()
    desk.idle(100_000)
    assert "config.good.json" not in desk.configs.names()
    desk.hub_is_off = False
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
