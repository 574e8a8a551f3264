"""The drivers of meters and sensors: requests as published, answers of slaves, nothing else."""

from legacy_bus import (
    DAMAGED,
    NOISY,
    REFUSING,
    STRANGER,
    TRUNCATED,
    ElectricityMeter,
    ModbusSlave,
    WaterMeter,
    bcd,
    modbus_crc,
    summed,
)
from linli_firmware.legacy import cjt188
from linli_firmware.legacy.bus import ANSWERED, REFUSED
from linli_firmware.legacy.cjt188 import Cjt188
from linli_firmware.legacy.dlt645 import READ_ADDRESS, Dlt645
from linli_firmware.legacy.modbus_rtu import ModbusRtu, crc16_modbus
from linli_protocol import codes
from support import Random, raises

WATER = "78330011223344"
ENERGY = "00010000"


def ask(driver, slave, step=0, fault=None):
    """Return what the driver makes of the slave's answer to its request."""
    if fault:
        slave.faults.append(fault)
    return driver.decode(step, b"".join([data for _, data in slave.hear(driver.encode(step))]))


def test_the_published_request_of_a_water_meter():
    # CJ/T 188 worked example, in ../shared/reference/devices.md and many handbooks.
    assert Cjt188(WATER).encode(cjt188.READ)[3:] == bytes.fromhex(
        "68104433221100337801031f90008016"
    )


def test_the_published_valve_command():
    # Worked example of a meter of maker 7833: sequence number 1, DI sent A0 17.
    meter = Cjt188("78331505900569", profile="mixed")
    meter.encode(cjt188.READ)
    frame = meter.encode(cjt188.OPEN_VALVE)
    assert frame[3:] == summed(bytes.fromhex("681069059005153378" + "0404a0170155"))
    assert frame[-2] == 0x50


def test_each_profile_sends_and_takes_its_own_byte_order():
    for profile, low_first in (("2018", True), ("2004", False)):
        meter = Cjt188(WATER, profile=profile)
        slave = WaterMeter(total=55667700, low_first=low_first)
        assert ask(meter, slave) == (ANSWERED, (556677000000, cjt188.OPEN, False))
        assert ask(meter, WaterMeter(low_first=not low_first)) is None


def test_status_bits_lie_low_or_high():
    for profile, valve_closed, fault, battery in (("2018", 1, 3, 4), ("high", 0x40, 0xC0, 0x20)):
        slave = WaterMeter()
        for status, expected in (
            (0, (0, cjt188.OPEN, False)),
            (valve_closed, (0, cjt188.CLOSED, False)),
            (fault | battery, (0, cjt188.FAULT, True)),
        ):
            slave.status = status
            assert ask(Cjt188(WATER, profile=profile), slave) == (ANSWERED, expected)


def test_units_become_millilitres_exactly():
    for unit, ml in ((0x29, 10), (0x2A, 100), (0x2B, 1000), (0x2C, 10000), (0x2E, 1000000)):
        total = ask(Cjt188(WATER), WaterMeter(total=12345678, unit=unit))[1][0]
        assert total == 12345678 * ml


def test_a_unit_that_is_no_volume_and_digits_that_are_none_give_no_total():
    for unit in (0x05, 0x28, 0x2F, 0x35):
        assert ask(Cjt188(WATER), WaterMeter(unit=unit)) == (REFUSED, None)
    meter = Cjt188(WATER)
    frame = meter.encode(0)[3:14] + b"\x1f\x90\x00" + b"\xff\xff\xff\xff\x2c"
    frame = frame[:9] + b"\x81\x08" + frame[11:]
    assert meter.decode(0, summed(frame)) == (REFUSED, None)


def test_a_short_answer_gives_the_total_alone():
    meter = Cjt188(WATER)
    frame = meter.encode(0)[3:12] + b"\x81\x08\x1f\x90\x00" + bcd(321, 4) + b"\x2c"
    assert meter.decode(0, summed(frame)) == (ANSWERED, (3210000, None, None))


def test_the_only_meter_on_the_line_tells_its_address():
    meter = Cjt188("AA" * 7)
    assert ask(meter, WaterMeter(), cjt188.READ_ADDRESS) == (ANSWERED, WATER)
    assert ask(meter, WaterMeter(total=7))[1][0] == 70000
    meter = Dlt645("AA" * 6, [ENERGY])
    assert ask(meter, ElectricityMeter(), READ_ADDRESS) == (ANSWERED, "000000000161")


def test_an_answer_to_an_earlier_request_is_not_taken():
    meter = Cjt188(WATER)
    slave = WaterMeter()
    earlier = slave.hear(meter.encode(0))[0][1]
    for _ in range(256):
        meter.encode(0)
        if meter.decode(0, earlier):
            break
    else:
        raise AssertionError("after 256 requests the number comes round")
    assert meter.encode(0) and meter.decode(0, earlier) is None
    assert meter.decode(cjt188.CLOSE_VALVE, earlier) is None


def test_a_refusal_of_an_earlier_request_is_not_taken():
    meter = Cjt188(WATER)
    slave = WaterMeter()
    slave.faults = [REFUSING]
    earlier = slave.hear(meter.encode(0))[0][1]
    assert meter.decode(0, earlier) == (REFUSED, 7)
    meter.encode(0)
    assert meter.decode(0, earlier) is None


def test_the_answer_for_another_register_is_not_taken():
    slave = ElectricityMeter(registers={0x10000: bcd(1, 4), 0x20000: bcd(2, 4)})
    meter = Dlt645("000000000161", [ENERGY, "00020000"])
    first = slave.hear(meter.encode(0))[0][1]
    meter.encode(1)
    assert meter.decode(1, first) is None
    assert meter.decode(0, first) == (ANSWERED, 10)


def test_electricity_registers_become_integers():
    registers = {
        0x00010000: bcd(12345678, 4),
        0x00020000: bcd(99999999, 4),
        0x00000000: bcd(80000026, 4),
        0x02010100: bcd(2203, 2),
        0x02020100: bcd(800000 + 12345, 3),
        0x02030000: bcd(123456, 3),
    }
    expected = {
        0x00010000: (codes.ENERGY_WH, 123456780),
        0x00020000: (codes.ENERGY_WH, 999999990),
        0x00000000: (codes.ENERGY_WH, -260),
        0x02010100: (codes.VOLTAGE_MV, 220300),
        0x02020100: (codes.CURRENT_MA, -12345),
        0x02030000: (codes.POWER_W, 12345),
    }
    slave = ElectricityMeter(registers=registers)
    for register in sorted(registers):
        meter = Dlt645("000000000161", ["%08x" % register])
        assert (meter.quantities[0], ask(meter, slave)[1]) == expected[register]


def test_an_electricity_meter_without_the_register_refuses():
    assert ask(Dlt645("000000000161", [ENERGY]), ElectricityMeter()) == (REFUSED, 2)


def test_the_check_value_of_the_catalogue():
    assert crc16_modbus(b"123456789") == modbus_crc(b"123456789") == 0x4B37


def test_the_published_modbus_request():
    # As in Modbus application protocol V1.1b3, 6.3: holding registers 108 and following.
    request = ModbusRtu(17, [{"address": 0x6B, "type": "u32"}]).encode(0)
    assert request[:-2] == bytes.fromhex("1103006b0002")
    assert request[-2:] == modbus_crc(request[:-2]).to_bytes(2, "little")


def test_modbus_types_and_scales():
    registers = {(3, 10): 0xFFF6, (3, 11): 0x0002, (4, 10): 0x8000}
    slave = ModbusSlave(registers=registers)
    for row, expected in (
        ({"type": "u16"}, 0xFFF6),
        ({"type": "s16"}, -10),
        ({"type": "s16", "factor": 100}, -1000),
        ({"type": "s16", "divisor": 3}, -4),
        ({"type": "u32"}, 0xFFF60002),
        ({"type": "s32"}, -0x9FFFE),
        ({"type": "u32", "low_word_first": True}, 0x0002FFF6),
        ({"type": "s16", "function": 4}, -32768),
    ):
        row["address"] = 10
        assert ask(ModbusRtu(17, [row]), slave) == (ANSWERED, expected), row


def test_a_modbus_exception_is_a_refusal():
    assert ask(ModbusRtu(17, [{"address": 1}]), ModbusSlave()) == (REFUSED, 2)


def test_no_driver_takes_what_is_damaged_cut_or_a_stranger_s():
    for driver, slave in pairs():
        for fault in (DAMAGED, TRUNCATED, STRANGER):
            assert ask(driver, slave, 0, fault) is None, (driver, fault)
        assert ask(driver, slave, 0, NOISY)[0] == ANSWERED
        assert ask(driver, slave, 0, REFUSING)[0] == REFUSED


def test_no_driver_takes_its_own_echo():
    for driver, _ in pairs():
        assert driver.decode(0, driver.encode(0)) is None


def test_garbage_is_nothing_and_hides_no_answer():
    random = Random(3)
    for driver, slave in pairs():
        for length in range(0, 60, 3):
            garbage = random.bytes(length)
            assert driver.decode(0, garbage) is None
            answer = slave.hear(driver.encode(0))[0][1]
            assert driver.decode(0, garbage + answer)[0] == ANSWERED


def pairs():
    return (
        (Cjt188(WATER), WaterMeter()),
        (Dlt645("000000000161", [ENERGY]), ElectricityMeter(registers={0x10000: bytes(4)})),
        (ModbusRtu(17, [{"address": 5}]), ModbusSlave(registers={(3, 5): 77})),
    )


def test_settings_that_are_wrong_are_named():
    for word, call in (
        ("address", lambda: Cjt188("123")),
        ("address", lambda: Cjt188("7833001122334x")),
        ("profile", lambda: Cjt188(WATER, profile="2030")),
        ("address", lambda: Dlt645("AAAA", [ENERGY])),
        ("registers", lambda: Dlt645("000000000161", ["04000101"])),
        ("unit", lambda: ModbusRtu(0, [])),
        ("address", lambda: ModbusRtu(1, [{}])),
        ("type", lambda: ModbusRtu(1, [{"address": 1, "type": "f32"}])),
        ("function", lambda: ModbusRtu(1, [{"address": 1, "function": 6}])),
        ("divisor", lambda: ModbusRtu(1, [{"address": 1, "divisor": 0}])),
        ("scale", lambda: ModbusRtu(1, [{"address": 1, "scale": 2}])),
    ):
        assert word in str(raises(ValueError, call)), word
