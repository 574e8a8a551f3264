"""The poller: every device in its turn, the absent ones ever more rarely, each change told once."""

from legacy_bus import REFUSING, SILENT, ElectricityMeter, Line, ModbusSlave
from linli_firmware.legacy.bus import Bus
from linli_firmware.legacy.dlt645 import Dlt645
from linli_firmware.legacy.modbus_rtu import ModbusRtu
from linli_firmware.legacy.poller import Polled, Poller
from support import raises

HOUR_MS = 3600000


class Sink:
    def __init__(self):
        self.values = []
        self.presence = []

    def take(self, step, value, now):
        self.values.append((now, step, value))

    def set_present(self, present, now):
        self.presence.append(present)


def polled(*slaves, interval_s=60):
    """Return a line, its poller and each slave's sink; every slave has one register."""
    line = Line(*slaves)
    sinks = [Sink() for _ in slaves]
    devices = [
        Polled(ModbusRtu(slave.unit, [{"address": 0}]), interval_s, sink)
        for slave, sink in zip(slaves, sinks)
    ]
    return line, Poller(Bus(line.open, line), devices), sinks


def slave(unit=1):
    return ModbusSlave(unit, {(3, 0): unit})


def test_each_device_is_read_at_its_interval_and_apart_from_the_others():
    line, poller, sinks = polled(slave(1), slave(2), slave(3))
    line.run(poller, 180000 - 1)
    starts = [at for at, _ in line.requests]
    assert [len(sink.values) for sink in sinks] == [3, 3, 3]
    assert [round(at / 1000) for at in starts] == [0, 20, 40, 60, 80, 100, 120, 140, 160]


def test_the_registers_of_a_meter_are_read_one_after_the_other():
    meter = ElectricityMeter(registers={0x10000: bytes(4), 0x02010100: b"\x03\x22"})
    line = Line(meter)
    sink = Sink()
    device = Dlt645("000000000161", ["00010000", "02010100"])
    line.run(Poller(Bus(line.open, line), [Polled(device, 60, sink)]), 5000)
    assert [each[1:] for each in sink.values] == [(0, 0), (1, 220300)]


def test_a_refused_register_does_not_hold_up_the_others_nor_make_the_meter_absent():
    meter = ElectricityMeter(registers={0x02010100: b"\x03\x22"})
    line = Line(meter)
    sink = Sink()
    device = Dlt645("000000000161", ["00010000", "02010100"])
    line.run(Poller(Bus(line.open, line), [Polled(device, 60, sink)]), 600000 - 1)
    assert [each[1:] for each in sink.values] == [(1, 220300)] * 10
    assert sink.presence == [True]


def test_absence_and_return_are_told_once():
    here = slave()
    line, poller, sinks = polled(here)
    line.run(poller, 100000)
    here.alive = False
    line.run(poller, 12 * HOUR_MS)
    here.alive = True
    line.run(poller, 2 * HOUR_MS)
    assert sinks[0].presence == [True, False, True]


def test_one_or_two_pollings_without_an_answer_are_no_absence():
    here = slave()
    line, poller, sinks = polled(here)
    line.run(poller, 30000)
    here.faults = [SILENT] * 6
    line.run(poller, 300000)
    assert sinks[0].presence == [True]


def test_pollings_missed_now_and_then_do_not_add_up():
    here = slave()
    line, poller, sinks = polled(here)
    here.faults = ([SILENT] * 6 + [None]) * 10
    line.run(poller, 30 * 60000)
    assert False not in sinks[0].presence


def test_an_absent_device_is_asked_ever_more_rarely_but_within_the_hour():
    here = slave()
    here.alive = False
    line, poller, _ = polled(here)
    line.run(poller, 24 * HOUR_MS)
    starts = [at for at, _ in line.requests][::3]
    pauses = [round((starts[at + 1] - starts[at]) / 60000) for at in range(len(starts) - 1)]
    assert pauses[:8] == [1, 1, 2, 4, 8, 16, 32, 60]
    assert set(pauses[8:]) == {60}


def test_a_device_back_again_is_read_at_its_interval():
    here = slave()
    here.alive = False
    line, poller, sinks = polled(here)
    line.run(poller, 6 * HOUR_MS)
    here.alive = True
    line.run(poller, HOUR_MS)
    count = len(sinks[0].values)
    line.run(poller, HOUR_MS)
    assert len(sinks[0].values) - count == 60


def test_an_absent_device_does_not_slow_the_others_down():
    gone = slave(1)
    gone.alive = False
    line, poller, sinks = polled(gone, slave(2))
    line.run(poller, HOUR_MS - 1)
    assert len(sinks[1].values) == 60


def test_a_refusal_alone_is_presence_without_a_value():
    here = slave()
    here.faults = [REFUSING]
    line, poller, sinks = polled(here)
    line.run(poller, 30000)
    assert (sinks[0].values, sinks[0].presence) == ([], [True])


def test_after_a_fault_of_the_port_polling_goes_on():
    line, poller, sinks = polled(slave())
    done = line.txdone
    line.txdone = lambda: False
    raises(OSError, line.run, poller, 10000)
    line.txdone = done
    poller.restart(line.now)
    line.run(poller, 120000)
    assert len(sinks[0].values) == 2


def test_an_interval_of_nothing_is_refused():
    assert "interval_s" in str(raises(ValueError, Polled, None, 0, None))
