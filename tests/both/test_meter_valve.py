"""The meter's valve: it gets to an end stop or says that it did not."""

from linli_firmware.apps import valve
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.valve_meter import ValveMeter
from linli_firmware.spread import spread
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from rig import HOUR_MS, MONDAY, Rig

TRAVEL_MS = 8000


def meter(store=None, **config):
    config.update({"device": 5})
    return Rig(ValveMeter, config, store or MemoryStore())


def command(rig, number, operation):
    fields = {"id": number, "expires": rig.clock.unix(rig.now) + 60, "operation": operation}
    rig.do("on_message", messages.COMMAND, fields)
    return rig.sent(messages.RESULT)[-1]["status"]


def turn(rig):
    """Let the motor do what it was told: leave one end, arrive at the other."""
    target = rig.levels["valve"]
    rig.do("set_valve_ends", False, False)
    rig.run(TRAVEL_MS)
    rig.do("set_valve_ends", target == valve.OPEN, target == valve.CLOSED)


def opened(store=None, **config):
    rig = meter(store, **config)
    rig.do("set_valve_ends", True, False)
    return rig


def events(rig):
    return [each["code"] for each in rig.sent(messages.EVENT)]


def test_the_valve_closes_and_opens_on_command():
    rig = opened()
    assert command(rig, 1, codes.CLOSE_VALVE) == codes.DONE
    assert rig.levels["valve"] == valve.CLOSED
    turn(rig)
    assert rig.levels["valve"] == valve.STOPPED
    assert rig.app.flags == codes.FLAG_VALVE_CLOSED
    assert command(rig, 2, codes.OPEN_VALVE) == codes.DONE
    turn(rig)
    assert events(rig) == [codes.VALVE_CLOSED, codes.VALVE_OPENED]
    assert rig.app.flags == 0


def test_a_valve_that_does_not_arrive_is_stopped_and_told():
    rig = opened()
    command(rig, 1, codes.CLOSE_VALVE)
    rig.do("set_valve_ends", False, False)
    rig.run(29999)
    assert rig.levels["valve"] == valve.CLOSED
    rig.run(1)
    assert rig.levels["valve"] == valve.STOPPED
    assert events(rig) == [codes.VALVE_STALLED]
    assert rig.app.flags == codes.FLAG_VALVE_FAULT
    command(rig, 2, codes.CLOSE_VALVE)
    turn(rig)
    assert rig.app.flags == codes.FLAG_VALVE_CLOSED


def test_a_blocked_motor_is_stopped_at_once():
    rig = opened()
    command(rig, 1, codes.CLOSE_VALVE)
    rig.do("report_valve_stall")
    assert rig.levels["valve"] == valve.STOPPED
    rig.do("report_valve_stall")
    assert events(rig) == [codes.VALVE_STALLED]


def test_power_lost_in_mid_travel_finishes_the_travel():
    store = MemoryStore()
    rig = opened(store)
    command(rig, 1, codes.CLOSE_VALVE)
    again = meter(store)
    assert again.levels["valve"] == valve.STOPPED
    again.do("set_valve_ends", False, False)
    assert again.levels["valve"] == valve.CLOSED
    turn(again)
    assert events(again) == [codes.VALVE_CLOSED]


def test_the_monthly_exercise_closes_and_opens_at_three_in_the_night():
    rig = opened()
    days = (1 + spread(5, 28) - 5) % 31
    rig.run(days * 24 * HOUR_MS + 3 * HOUR_MS - 1)
    assert rig.levels["valve"] == valve.STOPPED
    rig.run(1)
    assert rig.levels["valve"] == valve.CLOSED
    turn(rig)
    assert rig.levels["valve"] == valve.OPEN
    turn(rig)
    assert rig.levels["valve"] == valve.STOPPED
    assert events(rig) == []


def test_an_exercise_that_stalls_comes_back():
    rig = opened()
    assert command(rig, 1, codes.EXERCISE_VALVE) == codes.DONE
    rig.do("set_valve_ends", False, False)
    rig.run(30000)
    assert rig.levels["valve"] == valve.OPEN
    turn(rig)
    assert events(rig) == [codes.VALVE_STALLED, codes.VALVE_OPENED]


def test_a_closed_valve_is_not_exercised():
    rig = opened()
    command(rig, 1, codes.CLOSE_VALVE)
    turn(rig)
    assert command(rig, 2, codes.EXERCISE_VALVE) == codes.FAILED
    assert rig.levels["valve"] == valve.STOPPED


def test_a_valve_that_should_be_closed_is_not_exercised():
    rig = opened()
    command(rig, 1, codes.CLOSE_VALVE)
    rig.do("report_valve_stall")
    assert command(rig, 2, codes.EXERCISE_VALVE) == codes.FAILED


def test_a_valve_may_close_while_the_battery_still_can():
    for close in (False, True):
        rig = opened(close_on_low_battery=close)
        rig.do("set_battery", 3200)
        assert rig.levels["valve"] == (valve.CLOSED if close else valve.STOPPED)


def test_a_meter_without_a_valve_knows_no_valve_command():
    rig = Rig(Meter, {}, MemoryStore())
    command_ = {"id": 1, "expires": MONDAY + 60, "operation": codes.CLOSE_VALVE}
    rig.do("on_message", messages.COMMAND, command_)
    assert rig.sent(messages.RESULT)[-1]["status"] == codes.UNKNOWN
