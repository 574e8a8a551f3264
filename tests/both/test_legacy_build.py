"""From a configuration to what arrives at the hub: meters and sensors, bus, poller and app."""

from legacy_bus import ElectricityMeter, Line, ModbusSlave, WaterMeter, bcd
from linli_firmware.apps import valve
from linli_firmware.apps.bus_meter import BusMeter
from linli_firmware.apps.bus_sensor import BusSensor
from linli_firmware.legacy import build
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from rig import MONDAY, Rig
from support import raises

WATER = {"protocol": "cjt188", "address": "78330011223344"}
ELECTRICITY = {
    "protocol": "dlt645",
    "address": "000000000161",
    "registers": [{"register": "00010000"}, {"register": "02030000", "threshold": 100}],
}
SENSOR = {
    "protocol": "modbus",
    "unit": 3,
    "serial": [4800, 0, 1],
    "registers": [
        {
            "address": 1,
            "type": "s16",
            "factor": 100,
            "quantity": codes.TEMPERATURE_MC,
            "threshold": 500,
        }
    ],
}


class Board:
    """A board whose UART and direction pin are a line."""

    def __init__(self, line):
        self.line = line
        self.ports = []

    def uart(self, number, baudrate, tx, rx, bits=8, parity=None, stop=1):
        self.ports.append((number, tx, rx, bits))
        return self.line.open((baudrate, parity, stop))

    def pin_out(self, number, initial=0, inverted=False):
        assert number == 4
        return self.line


class Node:
    """Poller and app together; what the app asks of the valve goes back to the bus."""

    def __init__(self, app, line, bus, **config):
        self.line = line
        self.board = Board(line)
        config["device"] = 9
        self.rig = Rig(app, config, MemoryStore())
        settings = {"number": 2, "tx": 17, "rx": 16, "direction": 4}
        settings.update(bus)
        self.valve = None
        if app is BusMeter:
            self.poller, self.valve = build.build_meter(settings, self.board, self.inputs)
        else:
            self.poller = build.build_sensor(settings, self.board, self.inputs)

    def inputs(self, method):
        def call(*arguments):
            self.rig.run(arguments[-1] - self.rig.now)
            self.rig.do(method, *arguments[:-1])
            self._turn_valve()

        return call

    def run(self, ms):
        self.line.run(self.poller, ms)
        self.rig.run(self.line.now - self.rig.now)

    def command(self, number, operation):
        fields = {"id": number, "expires": MONDAY + 86400, "operation": operation}
        self.rig.do("on_message", messages.COMMAND, fields)
        self._turn_valve()
        return self.rig.sent(messages.RESULT)[-1]["status"]

    def events(self):
        return [each["code"] for each in self.rig.sent(messages.EVENT)]

    def _turn_valve(self):
        target = self.rig.levels.pop("valve", None)
        if target is not None:
            self.valve.set(target, self.line.now)


def test_a_water_meter_is_read_and_its_total_is_the_register():
    meter = WaterMeter(total=55667)
    node = Node(BusMeter, Line(meter), {"devices": [WATER]})
    node.run(1000)
    assert node.rig.app.forward_ml == 556670000
    meter.total += 12
    node.run(150000)
    assert node.rig.app.forward_ml == 556790000
    assert node.board.ports == [(2, 17, 16, 8)]
    assert node.events() == []


def test_a_meter_that_falls_silent_and_comes_back_is_told_and_loses_nothing():
    meter = WaterMeter(total=100)
    node = Node(BusMeter, Line(meter), {"devices": [WATER]})
    node.run(1000)
    meter.alive = False
    node.run(3 * 3600000)
    meter.alive = True
    meter.total += 99
    node.run(3600000)
    assert node.events() == [codes.METER_ABSENT, codes.METER_RETURNED]
    assert node.rig.app.forward_ml == 1990000


def test_the_meter_s_low_battery_reaches_the_hub():
    meter = WaterMeter()
    meter.status = 4
    node = Node(BusMeter, Line(meter), {"devices": [WATER]})
    node.run(1000)
    assert node.events() == [codes.BATTERY_LOW]


def test_the_valve_closes_and_its_status_is_read_soon_after():
    meter = WaterMeter()
    node = Node(BusMeter, Line(meter), {"devices": [WATER]}, has_valve=True)
    node.run(10000)
    assert node.command(1, codes.CLOSE_VALVE) == codes.DONE
    node.run(8000)
    assert meter.status & 3 == 1
    assert node.events() == [codes.VALVE_CLOSED]
    assert node.command(2, codes.OPEN_VALVE) == codes.DONE
    node.run(8000)
    assert node.events() == [codes.VALVE_CLOSED, codes.VALVE_OPENED]
    count = len(node.line.requests)
    node.run(100000)
    assert len(node.line.requests) == count


def test_a_valve_that_sticks_is_told():
    meter = WaterMeter()
    meter.valve_stuck = True
    node = Node(BusMeter, Line(meter), {"devices": [WATER]}, has_valve=True)
    node.run(10000)
    node.command(1, codes.CLOSE_VALVE)
    node.run(70000)
    assert node.events() == [codes.VALVE_STALLED]
    assert node.rig.sent(messages.EVENT)[0]["detail"] == valve.CLOSED


def test_a_water_meter_with_modbus_gives_its_total_in_millilitres():
    slave = ModbusSlave(9, {(4, 0): 0x0001, (4, 1): 0x86A0})
    row = {"address": 0, "function": 4, "type": "u32", "factor": 1000}
    device = {"protocol": "modbus", "unit": 9, "registers": [row]}
    node = Node(BusMeter, Line(slave), {"devices": [device]})
    node.run(1000)
    assert node.rig.app.forward_ml == 100000000


def test_electricity_and_climate_share_a_line_and_become_channels_in_order():
    meter = ElectricityMeter(registers={0x10000: bcd(26, 4), 0x02030000: bcd(12345, 3)})
    slave = ModbusSlave(3, {(3, 1): 0xFFF6}, (4800, 0, 1))
    node = Node(BusSensor, Line(meter, slave), {"devices": [ELECTRICITY, SENSOR]})
    node.run(50000)
    rows = [
        (each["channel"], each["quantity"], each["value"])
        for each in node.rig.sent(messages.MEASUREMENT)
    ]
    assert sorted(rows) == [
        (0, codes.ENERGY_WH, 260),
        (1, codes.POWER_W, 1234),
        (2, codes.TEMPERATURE_MC, -1000),
    ]
    meter.alive = False
    node.run(600000)
    absent = node.rig.sent(messages.EVENT)
    assert [(each["code"], each["subject"]) for each in absent] == [(codes.METER_ABSENT, 0)]


def test_without_a_direction_pin_none_is_taken():
    line = Line(WaterMeter())
    line.level = 1
    node = Node(BusMeter, line, {"devices": [WATER], "direction": None})
    node.board.pin_out = None
    node.run(1000)
    assert node.rig.sent(messages.EVENT) == []
    assert len(line.requests) == 1


def test_settings_that_are_wrong_are_named():
    no_unit = {"protocol": "modbus", "registers": []}
    for word, app, bus in (
        ("devices", BusMeter, {}),
        ("devices", BusMeter, {"devices": []}),
        ("devices", BusMeter, {"devices": [WATER, WATER]}),
        ("devices", BusMeter, {"devices": [ELECTRICITY]}),
        ("devices", BusMeter, {"devices": [SENSOR]}),
        ("devices", BusSensor, {"devices": []}),
        ("devices", BusSensor, {"devices": [SENSOR] * 17}),
        ("quantity", BusSensor, {"devices": [WATER]}),
        ("protocol", BusMeter, {"devices": [{"address": "1"}]}),
        ("protocol", BusMeter, {"devices": [{"protocol": "mbus"}]}),
        ("addres: ", BusMeter, {"devices": [{"protocol": "cjt188", "addres": "1"}]}),
        ("address: ", BusMeter, {"devices": [{"protocol": "cjt188"}]}),
        ("unit", BusSensor, {"devices": [no_unit]}),
        ("speed", BusSensor, {"devices": [SENSOR], "speed": 1}),
    ):
        assert word in str(raises(ValueError, Node, app, Line(), bus)), word
