"""Whatever comes over the line: answers are understood, nothing else is, nothing raises."""

import doctest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import binary, booleans, integers, lists, sampled_from

import legacy_bus
from linli_firmware.legacy import cjt188, dlt645, modbus_rtu
from linli_firmware.legacy.bus import ANSWERED, Bus
from linli_firmware.legacy.cjt188 import Cjt188
from linli_firmware.legacy.dlt645 import Dlt645
from linli_firmware.legacy.modbus_rtu import ModbusRtu, crc16_modbus

WATER = "78330011223344"
ELECTRICITY = "000000000161"


def drivers() -> list:
    return [
        Cjt188(WATER),
        Cjt188("AA" * 7, profile="2004"),
        Dlt645(ELECTRICITY, ["00010000"]),
        Dlt645("AA" * 6, ["02030000"]),
        ModbusRtu(17, [{"address": 5, "type": "s32"}]),
    ]


@given(total=integers(0, 99999999), unit=integers(0x29, 0x2E), status=integers(0, 255))
def test_every_reading_of_a_water_meter_is_understood(total: int, unit: int, status: int) -> None:
    slave = legacy_bus.WaterMeter(WATER, total, unit)
    slave.status = status
    meter = Cjt188(WATER)
    ((_, answer),) = slave.hear(meter.encode(cjt188.READ))
    litres_by_unit = {0x29: 1, 0x2A: 10, 0x2B: 100, 0x2C: 1000, 0x2D: 10000, 0x2E: 100000}
    expected = total * litres_by_unit[unit] * 1000 // 100, status & 3, bool(status & 4)
    assert meter.decode(cjt188.READ, answer) == (ANSWERED, expected)


@given(value=integers(-79999999, 79999999))
def test_every_energy_is_understood(value: int) -> None:
    digits = legacy_bus.bcd(abs(value), 4)
    if value < 0:
        digits = digits[:3] + bytes((digits[3] | 0x80,))
    slave = legacy_bus.ElectricityMeter(ELECTRICITY, {0: digits})
    meter = Dlt645(ELECTRICITY, ["00000000"])
    ((_, answer),) = slave.hear(meter.encode(0))
    assert meter.decode(0, answer) == (ANSWERED, value * 10)


@given(value=integers(-(2**31), 2**31 - 1), low_first=booleans(), unit=integers(1, 247))
def test_every_register_is_understood(value: int, low_first: bool, unit: int) -> None:
    words = divmod(value & 0xFFFFFFFF, 65536)
    high, low = reversed(words) if low_first else words
    slave = legacy_bus.ModbusSlave(unit, {(3, 5): high, (3, 6): low})
    sensor = ModbusRtu(unit, [{"address": 5, "type": "s32", "low_word_first": low_first}])
    ((_, answer),) = slave.hear(sensor.encode(0))
    assert sensor.decode(0, answer) == (ANSWERED, value)


@given(data=binary(max_size=300))
def test_modbus_checksums_agree_with_the_definition(data: bytes) -> None:
    assert crc16_modbus(data) == legacy_bus.modbus_crc(data)


@given(heard=binary(max_size=600))
def test_garbage_neither_raises_nor_is_an_answer(heard: bytes) -> None:
    for driver in drivers():
        driver.encode(0)
        assert driver.decode(0, heard) is None


@given(
    number=integers(0, 4),
    length=integers(0, 120),
    data=binary(max_size=120),
    control=integers(0, 255),
    right_sum=booleans(),
)
def test_lengths_that_lie_raise_nothing(
    number: int, length: int, data: bytes, control: int, right_sum: bool
) -> None:
    driver = drivers()[number]
    request = driver.encode(0).lstrip(b"\xfe")
    head = request[:-5] if number < 2 else request[:8]
    frame = head[:9] + bytes((control, length)) + data if number < 2 else head + data
    if right_sum:
        frame = legacy_bus.summed(frame)
    driver.decode(0, frame)


FAULTS = (
    legacy_bus.SILENT,
    legacy_bus.DAMAGED,
    legacy_bus.LATE,
    legacy_bus.STRANGER,
    legacy_bus.NOISY,
    legacy_bus.REFUSING,
    legacy_bus.TRUNCATED,
    None,
)


@given(faults=lists(sampled_from(FAULTS), max_size=30), echo=booleans(), tries=integers(1, 3))
def test_on_a_line_with_any_faults_every_value_is_the_right_register_s(
    faults: list[str | None], echo: bool, tries: int
) -> None:
    slave = legacy_bus.ModbusSlave(17, {(3, number): 1000 + number for number in range(20)})
    slave.faults = faults
    line = legacy_bus.Line(slave, echo=echo)
    asked = Bus(line.open, line, tries=tries)
    results: list[tuple[int, int, object]] = []
    for number in range(20):

        def done(outcome: int, value: object, now: int, number: int = number) -> None:
            results.append((number, outcome, value))

        asked.submit(ModbusRtu(17, [{"address": number}]), 0, done)
    line.run(asked, 600000)
    assert [number for number, _, _ in results] == list(range(20))
    for number, outcome, value in results:
        assert outcome != ANSWERED or value == 1000 + number


@pytest.mark.parametrize("module", [cjt188, dlt645, modbus_rtu])
def test_examples_in_the_drivers_hold(module: object) -> None:
    failed, attempted = doctest.testmod(module)
    assert attempted and not failed


def test_examples_in_the_guide_hold() -> None:
    guide = Path(__file__).parents[2] / "docs/LEGACY.md"
    failed, attempted = doctest.testfile(str(guide), module_relative=False)
    assert attempted and not failed
