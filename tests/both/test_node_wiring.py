"""What a configuration wires besides pins: supervised lines, a clock chip, a watched button."""

from desk import CONFIG, PINS, UNIX_S, Desk
from linli_firmware.drivers.ds3231 import Ds3231
from linli_protocol import codes, messages
from pins import Adc
from test_driver_chips import Chip

# Each state of a supervised line at 3.3 V; the contacts here are closed at rest.
BRIDGED, AT_REST, OPEN, CUT = 0, 1_650, 2_200, 3_300
# Longer than the debouncing of driver and app, and than a delivery.
AWHILE = 3_000


class Bench(Desk):
    """A desk with analogue inputs and an I2C bus with a clock chip."""

    def __init__(self, config, image=None):
        self.adcs = {}
        self.chip = Chip()
        super().__init__(config, image)

    def adc(self, number):
        return self.adcs.setdefault(number, Adc(AT_REST))

    def i2c(self, number, sda, scl):
        assert (number, sda, scl) == (0, 21, 22)
        return self.chip


def door(**pins):
    """Return a configuration of a door with other pins besides."""
    config = dict(CONFIG)
    config["pins"] = dict(PINS)
    config["pins"].update(pins)
    return config


def supervised(number, **options):
    options.update({"number": number, "supervised": True})
    return options


def test_a_supervised_contact_tells_an_open_door_like_any_other():
    desk = Bench(door(contact=supervised(34)))
    desk.power_on()
    desk.run(AWHILE)
    desk.adcs[34].mv = OPEN
    desk.run(AWHILE)
    assert desk.events() == [codes.FORCED]
    desk.adcs[34].mv = AT_REST
    desk.run(AWHILE)
    assert desk.events() == [codes.FORCED, codes.SECURED]


def test_a_line_that_is_cut_or_bridged_is_tampering_and_no_open_door():
    for fault in (CUT, BRIDGED):
        desk = Bench(door(contact=supervised(34)))
        desk.power_on()
        desk.run(AWHILE)
        desk.adcs[34].mv = fault
        desk.run(AWHILE)
        assert desk.events() == [codes.TAMPER]
        desk.adcs[34].mv = AT_REST
        desk.run(AWHILE)
        assert desk.events() == [codes.TAMPER, codes.TAMPER_ENDED]


def test_tampering_ends_when_all_lines_are_whole_and_the_cover_is_shut():
    for tamper in (27, supervised(35)):
        pins = {"contact": supervised(34), "exit_button": supervised(36), "tamper": tamper}
        desk = Bench(door(**pins))
        desk.power_on()
        desk.run(AWHILE)
        desk.adcs[34].mv = CUT
        desk.run(AWHILE)
        if tamper == 27:
            desk.pins[27].move(1)
        else:
            desk.adcs[35].mv = OPEN
        desk.adcs[36].mv = BRIDGED
        desk.run(AWHILE)
        desk.adcs[34].mv = AT_REST
        desk.adcs[36].mv = AT_REST
        desk.run(AWHILE)
        assert desk.events() == [codes.TAMPER]
        if tamper == 27:
            desk.pins[27].move(0)
        else:
            desk.adcs[35].mv = AT_REST
        desk.run(AWHILE)
        assert desk.events() == [codes.TAMPER, codes.TAMPER_ENDED]


def test_a_button_that_closes_its_line_is_inverted():
    desk = Bench(door(exit_button=supervised(34, inverted=True)))
    desk.adcs[34] = Adc(OPEN)
    desk.power_on()
    desk.run(AWHILE)
    assert desk.pins[18].level == 0 and desk.events() == []
    desk.adcs[34].mv = AT_REST
    desk.run(1_000)
    assert desk.pins[18].level == 1
    assert desk.events() == [codes.EXIT_REQUESTED]


def test_a_line_may_have_limits_of_its_own():
    desk = Bench(door(contact=supervised(34, limits_mv=[500, 1_000, 3_000])))
    desk.adcs[34] = Adc(600)
    desk.power_on()
    desk.run(AWHILE)
    assert desk.events() == []
    desk.adcs[34].mv = 2_900
    desk.run(AWHILE)
    assert desk.events() == [codes.FORCED]


def test_wrong_options_of_a_line_are_refused_by_name():
    cases = (
        ({"limits_mv": [500, 1_000]}, "limits_mv: three"),
        ({"limits_mv": [500, 400, 3_000]}, "limits_mv: three"),
        ({"pull": "up"}, "pull: no such option"),
    )
    for options, said in cases:
        desk = Bench(door(contact=supervised(34, **options)))
        desk.power_on()
        assert desk.starter.is_safe
        assert desk.shown[0].startswith("config.json: pins.contact." + said)


def clocked(**clock):
    config = dict(CONFIG)
    config["clock"] = {"sda": 21, "scl": 22}
    config["clock"].update(clock)
    return config


def test_a_clock_chip_tells_the_time_before_any_hub_does():
    desk = Bench(clocked())
    Ds3231(desk.chip).set_unix_s(UNIX_S - 7)
    desk.power_on()
    assert desk.node.clock.unix(desk.now) == UNIX_S - 7
    assert desk.unix_s() == UNIX_S - 7


def test_a_clock_chip_is_set_once_the_hub_has_told_the_time():
    desk = Bench(clocked())
    desk.power_on()
    assert desk.node.clock.unix(desk.now) is None
    desk.idle(70_000)
    known_s = Ds3231(desk.chip).unix_s()
    assert known_s is not None and abs(known_s - UNIX_S - desk.now // 1000) <= 2


def test_a_clock_chip_that_is_right_is_left_alone():
    desk = Bench(clocked())
    Ds3231(desk.chip).set_unix_s(UNIX_S)
    desk.chip.writes.clear()
    desk.power_on()
    desk.run(1_000)
    assert desk.chip.writes == []


def test_a_clock_chip_that_does_not_answer_costs_the_door_nothing_else():
    desk = Bench(clocked())

    def silent(*arguments):
        raise OSError(19)

    desk.chip.readfrom_mem = silent
    node = desk.power_on()
    desk.idle(15_000)
    assert not desk.starter.refused
    assert desk.heard(messages.HELLO) and desk.now - desk.fed_at <= 1_000
    assert list(node.supervisor.failures) == ["clock"]


def test_a_clock_that_is_wired_wrongly_is_refused_by_name():
    desk = Bench(clocked(sdb=1))
    desk.power_on()
    assert desk.shown[0] == "config.json: sdb: no such setting"


def test_a_button_that_is_held_for_ever_is_told():
    desk = Bench({"bearers": CONFIG["bearers"], "pins": {"button": 4}}, {"app": "panic"})
    desk.power_on()
    desk.run(AWHILE)
    desk.pins[4].move(1)
    desk.idle(65_000)
    assert desk.events() == [codes.BUTTON_STUCK]
    desk.pins[4].move(0)
    desk.idle(5_000)
    assert desk.events() == [codes.BUTTON_STUCK, codes.BUTTON_FREE]
    assert desk.heard(messages.ALARM)[0]["incident"] == 1


def test_what_is_not_configured_is_not_loaded():
    desk = Bench(CONFIG)
    desk.i2c = None
    desk.adc = None
    desk.power_on()
    assert not desk.starter.refused
