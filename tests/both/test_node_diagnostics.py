"""What a hub and a field engineer learn of a node's health, each by asking."""

import json

from desk import UNIX_S, Desk
from faults import break_core
from linli_firmware.apps.bus_meter import BusMeter
from linli_firmware.apps.bus_sensor import BusSensor
from linli_firmware.apps.door import Door
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.panic import Panic
from linli_firmware.node.safe_app import SafeApp
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from linli_protocol.keys import console_key, root_key
from rig import MONDAY, Rig

ASK = {"id": 1, "expires": MONDAY + 60, "operation": codes.REPORT_HEALTH}


def asked(kind, **config):
    """Return what an app of `kind` says of its health, three seconds after its start."""
    config["device"] = 5
    rig = Rig(kind, config, MemoryStore())
    if hasattr(rig.app, "set_battery"):
        rig.do("set_battery", 3_000)
    rig.run(3_000)
    rig.do("on_message", messages.COMMAND, ASK)
    assert rig.sent(messages.RESULT) == [{"id": 1, "status": codes.DONE}]
    (health,) = rig.sent(messages.HEALTH)
    messages.encode(messages.HEALTH, health)
    return health


def test_every_kind_of_device_tells_of_its_health_when_asked():
    for kind in (Meter, BusMeter, Panic):
        assert asked(kind) == {"time": MONDAY + 3, "uptime_s": 3, "battery_mv": 3_000}
    for kind in (BusSensor, SafeApp):
        assert asked(kind) == {"time": MONDAY + 3, "uptime_s": 3, "battery_mv": None}
    assert asked(Door, pin_key=bytes(16))["uptime_s"] == 3


def test_a_late_question_is_not_answered():
    rig = Rig(SafeApp, {"device": 5}, MemoryStore())
    rig.run(60_000)
    rig.do("on_message", messages.COMMAND, ASK)
    assert rig.sent(messages.RESULT) == [{"id": 1, "status": codes.EXPIRED}]
    assert rig.sent(messages.HEALTH) == []


def health_of(desk):
    """Ask the node on the desk for its health."""
    desk.command(codes.REPORT_HEALTH, number=desk.now)
    desk.run(1_000)
    return desk.heard(messages.HEALTH)[-1]


def test_the_node_adds_what_the_app_cannot_know():
    desk = Desk()
    node = desk.power_on()
    desk.run(2_000)
    health = health_of(desk)
    assert (health["heap_free"], health["refused"], health["dropped"]) == (40_000, 0, 0)
    for name in ("rssi_dbm", "restarts", "damaged", "battery_mv"):
        assert name not in health, name
    node.transports[0].rssi_dbm = -71
    break_core(desk)
    desk.store._damaged = 2
    desk.run(3_000)
    health = health_of(desk)
    assert (health["rssi_dbm"], health["restarts"], health["damaged"]) == (-71, 1, 2)


def test_a_button_with_a_weak_radio_still_beats_in_one_lora_packet():
    beat = {"time": UNIX_S, "uptime_s": 86_400, "battery_mv": 3_000, "rssi_dbm": -121}
    beat.update({"refused": 9, "dropped": 3, "heap_free": 64_000})
    # Header, message number and short tag around the body.
    assert len(messages.encode(messages.HEALTH, beat)) + 18 <= 51


def ask_at_console(desk):
    """Type a question mark; return the answer."""
    desk.typed = "?"
    desk.run(1_500)
    return json.loads(desk.shown[-1])


def test_who_is_let_in_at_the_console_sees_how_the_node_does():
    desk = Desk()
    desk.power_on(codes.WATCHDOG)
    desk.open_console()
    desk.run(2_000)
    desk.node.core.device.receive(0, b"\x00" * 20, desk.now)
    desk.node.report(codes.TAMPER)
    found = ask_at_console(desk)
    assert (found["device"], found["firmware"]) == ("01020304", "0.1.0")
    assert (found["boots"], found["reset_cause"]) == (1, codes.WATCHDOG)
    assert found["uptime_s"] == desk.now // 1000 and abs(found["unix_s"] - UNIX_S) < 10
    assert (found["heap_free"], found["flash_free"]) == (40_000, 900_000)
    assert found["events"] == {"kept": 1, "undelivered": 0, "lost": 0}
    assert found["store"]["damaged"] == 0 and found["store"]["written"] > 0
    assert found["link"]["joined"] and sum(found["link"]["refused"]) == 1
    assert found["link"]["waiting"] == found["link"]["under_way"] == 0
    (bearer,) = found["bearers"]
    assert bearer["name"] == "uart" and bearer["up"] and bearer["counts"]["faults"] == 0
    assert found["failures"] == {}


def test_failures_are_told_by_the_part_that_failed():
    desk = Desk()
    desk.power_on()
    desk.open_console()
    break_core(desk)
    desk.run(3_000)
    assert ask_at_console(desk)["failures"] == {"core": 1}


def test_nothing_typed_is_taken_while_the_console_is_shut():
    desk = Desk()
    desk.power_on()
    desk.typed = "?"
    desk.run(3_000)
    assert desk.typed == "?" and desk.shown == []


def test_a_snapshot_holds_no_key():
    desk = Desk()
    desk.power_on()
    desk.open_console()
    desk.run(2_000)
    ask_at_console(desk)
    root = root_key(bytes(range(16)), desk.node.identity.device)
    for key in (root, console_key(root)):
        assert key.hex() not in desk.shown[-1] and str(key) not in desk.shown[-1]
