"""Battery and clock chip: measured without spikes, believed only when they can be."""

from linli_firmware.drivers.battery import PERIOD_MS, Battery
from linli_firmware.drivers.ds3231 import FIRST_UNIX_S, LAST_UNIX_S, Ds3231
from pins import Adc, Bench, Reports
from rig import MONDAY
from support import raises


def test_the_battery_is_measured_through_its_divider_at_the_start_and_hourly():
    bench = Bench()
    adc = Adc(900)
    reports = Reports()
    bench.drivers.append(Battery(adc, reports.call("mv"), (4, 1)))
    bench.run(1)
    adc.mv = 825
    bench.run(PERIOD_MS)
    assert reports.list == [("mv", 3600), ("mv", 3300)]
    assert reports.times == [0, PERIOD_MS]


def test_spikes_and_dips_do_not_count_and_noise_is_averaged():
    adc = Adc()
    reports = Reports()
    battery = Battery(adc, reports.call("mv"), (2, 1))
    adc.script = [1500, 0, 3100, 1503, 0, 3100, 1497, 3100, 0]
    battery.poll(0)
    assert reports.list == [("mv", 3000)]


class Chip:
    """A DS3231 as I2C shows it: its registers."""

    def __init__(self):
        self.registers = bytearray(19)
        self.registers[0x0F] = 0x88
        self.writes = []

    def readfrom_mem(self, address, register, count):
        assert address == 0x68
        return bytes(self.registers[register : register + count])

    def writeto_mem(self, address, register, data):
        assert address == 0x68
        self.writes.append(register)
        self.registers[register : register + len(data)] = data


def test_a_clock_chip_that_was_never_set_has_no_time():
    clock = Ds3231(Chip())
    assert clock.has_stopped()
    assert clock.unix_s() is None


def test_a_clock_chip_gives_back_what_it_was_set_to():
    chip = Chip()
    clock = Ds3231(chip)
    # 2028-02-29 12:34:56 is a leap day.
    for unix_s in (FIRST_UNIX_S, MONDAY, 1_835_440_496, LAST_UNIX_S):
        clock.set_unix_s(unix_s)
        assert clock.unix_s() == unix_s
    assert not clock.has_stopped()


def test_the_registers_are_those_of_the_data_sheet():
    chip = Chip()
    # Tuesday 2028-02-29 12:34:56.
    Ds3231(chip).set_unix_s(1_835_440_496)
    assert bytes(chip.registers[:7]) == b"\x56\x34\x12\x02\x29\x02\x28"
    # The other bits of the status are left alone, and the flag goes last.
    assert chip.registers[0x0F] == 0x08
    assert chip.writes == [0x00, 0x0F]


def test_a_time_lost_while_the_cell_was_flat_is_not_believed():
    chip = Chip()
    clock = Ds3231(chip)
    clock.set_unix_s(MONDAY)
    chip.registers[0x0F] |= 0x80
    assert clock.unix_s() is None


def test_times_that_cannot_be_are_not_believed():
    good = b"\x56\x34\x12\x02\x29\x02\x28"
    wrong = (
        (0, 0x4A),
        (0, 0x60),
        (1, 0x60),
        (2, 0x24),
        (2, 0x52),
        (4, 0x30),
        (4, 0x00),
        (5, 0x13),
        (5, 0x00),
        (5, 0x82),
        (6, 0x25),
        (6, 0x24),
        (6, 0xFF),
        (6, 0xA4),
    )
    for register, byte in wrong:
        chip = Chip()
        chip.registers[0x0F] = 0
        chip.registers[:7] = good
        assert Ds3231(chip).unix_s() == 1_835_440_496
        chip.registers[register] = byte
        assert Ds3231(chip).unix_s() is None, (register, byte)


def test_a_time_that_the_chip_cannot_hold_is_refused():
    chip = Chip()
    for unix_s in (FIRST_UNIX_S - 1, LAST_UNIX_S + 1):
        raises(ValueError, Ds3231(chip).set_unix_s, unix_s)
    assert chip.writes == []
