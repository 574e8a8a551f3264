"""The bus: one request at a time, each answer to its own, the line driven only while sending."""

from legacy_bus import (
    DAMAGED,
    LATE,
    NOISY,
    REFUSING,
    SILENT,
    STRANGER,
    ElectricityMeter,
    Line,
    ModbusSlave,
    WaterMeter,
)
from linli_firmware.legacy import bus, cjt188
from linli_firmware.legacy.bus import Bus
from linli_firmware.legacy.cjt188 import Cjt188
from linli_firmware.legacy.dlt645 import Dlt645
from linli_firmware.legacy.modbus_rtu import ModbusRtu
from support import Random, raises

WATER = "78330011223344"


class Asker:
    """A bus on a line, with what came of each request."""

    def __init__(self, *slaves, echo=False, **settings):
        self.line = Line(*slaves, echo=echo)
        self.bus = Bus(self.line.open, self.line, **settings)
        self.results = []

    def submit(self, device, step=0, first=False):
        self.bus.submit(device, step, lambda *result: self.results.append(result[:2]), first)

    def ask(self, device, step=0):
        """Return (outcome, value) of one request."""
        self.submit(device, step)
        self.line.run(self.bus, 60000)
        assert len(self.results) == 1, "called back once for each request"
        assert self.line.level == 0
        return self.results.pop()


def unit(address=5, number=17, serial=(9600, None, 1)):
    return ModbusRtu(number, [{"address": address}], serial)


def test_a_meter_is_read():
    asker = Asker(WaterMeter(total=4711))
    assert asker.ask(Cjt188(WATER)) == (bus.ANSWERED, (47110000, cjt188.OPEN, False))
    assert asker.bus.counts["answered"] == asker.bus.counts["requests"] == 1


def test_nobody_there_is_asked_as_often_as_said():
    asker = Asker(tries=4)
    assert asker.ask(Cjt188(WATER)) == (bus.SILENT, None)
    assert len(asker.line.requests) == asker.bus.counts["silent"] == 4


def test_one_lost_answer_is_asked_for_again():
    for fault, counted in (
        (SILENT, "silent"),
        (DAMAGED, "garbled"),
        (STRANGER, "garbled"),
    ):
        for device, slave in pairs():
            asker = Asker(slave)
            slave.faults = [fault]
            assert asker.ask(device)[0] == bus.ANSWERED
            assert (asker.bus.counts[counted], asker.bus.counts["requests"]) == (1, 2)


def test_noise_before_an_answer_does_no_harm():
    for device, slave in pairs():
        asker = Asker(slave)
        slave.faults = [NOISY]
        assert asker.ask(device)[0] == bus.ANSWERED
        assert asker.bus.counts["requests"] == 1


def test_a_refusal_is_not_asked_again():
    for device, slave in pairs():
        asker = Asker(slave)
        slave.faults = [REFUSING]
        assert asker.ask(device)[0] == bus.REFUSED
        assert asker.bus.counts["requests"] == asker.bus.counts["refused"] == 1


def test_a_late_answer_is_dropped_and_counted():
    for device, slave in pairs():
        asker = Asker(slave)
        slave.faults = [LATE]
        assert asker.ask(device)[0] == bus.ANSWERED
        assert asker.bus.counts["late_bytes"] > 0
        assert asker.bus.counts["requests"] == 2


def test_a_late_answer_is_not_taken_for_the_next_register_s():
    slave = ModbusSlave(registers={(3, 5): 55, (3, 6): 66})
    slave.faults = [LATE]
    asker = Asker(slave, tries=1)
    asker.submit(unit(5))
    asker.submit(unit(6))
    asker.line.run(asker.bus, 10000)
    assert asker.results == [(bus.SILENT, None), (bus.ANSWERED, 66)]


def test_the_bus_waits_until_the_line_is_quiet():
    asker = Asker(ModbusSlave(registers={(3, 5): 55}))
    asker.ask(unit(5))
    asker.line.disturb(b"\x11" * 200)
    asker.line.run(asker.bus, 3)
    asker.submit(unit(5))
    asker.line.run(asker.bus, 5000)
    first, second = [at for at, _ in asker.line.requests]
    assert second - first - 60000 >= 200 * 10000 // 9600
    assert (asker.bus.counts["late_bytes"], asker.bus.counts["requests"]) == (200, 2)


def test_the_line_s_own_echo_is_dropped_and_counted():
    for device, slave in pairs():
        asker = Asker(slave, echo=True)
        assert asker.ask(device)[0] == bus.ANSWERED
        assert (asker.bus.counts["echoes"], asker.bus.counts["requests"]) == (1, 1)
        slave.alive = False
        assert asker.ask(device) == (bus.SILENT, None)


def test_a_line_that_chatters_does_not_keep_the_bus_for_ever():
    random = Random(9)
    asker = Asker(ModbusSlave(registers={(3, 5): 55}), tries=1)
    asker.submit(unit(5))
    asker.line.run(asker.bus, 20)
    for _ in range(400):
        asker.line.disturb(random.bytes(10))
        asker.line.run(asker.bus, 10)
    assert asker.results == [(bus.SILENT, None)]
    assert asker.bus.counts["garbled"] == 1


def test_the_port_is_opened_anew_only_for_another_format():
    slow = ModbusSlave(1, {(3, 5): 1}, (2400, 0, 1))
    fast = ModbusSlave(2, {(3, 5): 2}, (19200, None, 2))
    asker = Asker(slow, fast, WaterMeter())
    for device in (
        unit(number=1, serial=slow.serial),
        Cjt188(WATER),
        unit(number=2, serial=fast.serial),
        unit(number=2, serial=fast.serial),
        unit(number=1, serial=slow.serial),
    ):
        assert asker.ask(device)[0] == bus.ANSWERED
    assert asker.line.opened == [(2400, 0, 1), (19200, None, 2), (2400, 0, 1)]


def test_requests_are_apart_by_three_and_a_half_characters():
    for serial, gap_ms in (((9600, None, 1), 4), ((2400, 0, 1), 16), ((115200, None, 1), 2)):
        asker = Asker(ModbusSlave(registers={(3, 5): 55}, serial=serial))
        for _ in range(3):
            asker.submit(unit(serial=serial))
        asker.line.run(asker.bus, 5000)
        assert len(asker.results) == 3
        bits = 10 + (serial[1] is not None)
        turn_ms = (8 + 7) * bits * 1000 / serial[0] + 30 + gap_ms - 1
        starts = [at for at, _ in asker.line.requests]
        assert starts[1] - starts[0] >= turn_ms and starts[2] - starts[1] >= turn_ms


def test_what_is_urgent_goes_before_what_waits_but_not_into_what_is_under_way():
    slave = ModbusSlave(registers={(3, number): number for number in range(4)})
    slave.faults = [SILENT]
    asker = Asker(slave)
    for number in range(3):
        asker.submit(unit(number))
    asker.line.run(asker.bus, 1300)
    asker.submit(unit(3), first=True)
    asker.line.run(asker.bus, 10000)
    assert [value for _, value in asker.results] == [0, 3, 1, 2]


def test_every_retry_to_a_water_meter_has_its_own_number():
    slave = WaterMeter()
    slave.faults = [SILENT, SILENT]
    asker = Asker(slave)
    asker.ask(Cjt188(WATER))
    assert len({request for _, request in asker.line.requests}) == 3


def test_a_transceiver_that_finds_the_direction_itself_needs_no_pin():
    line = Line(WaterMeter())
    line.level = 1
    results = []
    asked = Bus(line.open)
    asked.submit(Cjt188(WATER), 0, lambda *result: results.append(result[0]))
    line.run(asked, 5000)
    assert results == [bus.ANSWERED]


def test_a_port_that_does_not_finish_is_an_error_and_a_restart_mends_it():
    asker = Asker(WaterMeter())
    stuck = asker.line.txdone
    asker.line.txdone = lambda: False
    asker.submit(Cjt188(WATER))
    raises(OSError, asker.line.run, asker.bus, 10000)
    asker.line.txdone = stuck
    asker.bus.restart(asker.line.now)
    assert asker.ask(Cjt188(WATER))[0] == bus.ANSWERED


def pairs():
    return (
        (Cjt188(WATER), WaterMeter()),
        (
            Dlt645("000000000161", ["00010000"]),
            ElectricityMeter(registers={0x10000: bytes(4)}),
        ),
        (unit(), ModbusSlave(registers={(3, 5): 77})),
    )
