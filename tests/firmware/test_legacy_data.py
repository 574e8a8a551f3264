"""Frames that others published: our requests are theirs, and their answers are understood."""

import json

from linli_firmware.legacy import cjt188
from linli_firmware.legacy.bus import ANSWERED, REFUSED
from linli_firmware.legacy.cjt188 import Cjt188
from linli_firmware.legacy.dlt645 import Dlt645
from linli_firmware.legacy.modbus_rtu import ModbusRtu, crc16_modbus
from linli_protocol import codes
from shared_data import require


def meter_frames(protocol: str, direction: str) -> list[bytes]:
    rows = json.loads(require("legacy/meter_frames.json").read_text())
    frames = [
        bytes.fromhex(row["frame"])
        for row in rows
        if row["protocol"] == protocol and row["dir"] == direction
    ]
    assert frames
    return frames


def modbus_frames() -> list[bytes]:
    rows = json.loads(require("legacy/modbus_rtu_frames.json").read_text())
    return [bytes.fromhex(row["frame"]) for row in rows]


def bare(frame: bytes) -> bytes:
    return frame.lstrip(b"\xfe")


def test_our_requests_are_the_published_ones_of_water_meters() -> None:
    first = Cjt188("78330011223344").encode(cjt188.READ)
    second = Cjt188("AA" * 7, profile="2004")
    second.encode(cjt188.READ)
    third = Cjt188("AA" * 7)
    ours = [first, second.encode(cjt188.READ), third.encode(cjt188.READ_ADDRESS)]
    assert [bare(each) for each in ours] == [
        bare(each) for each in meter_frames("CJ/T188-2004", "master")
    ]


def test_our_requests_are_the_published_ones_of_electricity_meters() -> None:
    meter = Dlt645("000000000161", ["00010000", "00020000", "02010100"])
    ours = [bare(meter.encode(step)) for step in range(3)]
    assert ours == meter_frames("DL/T645-2007", "master")


def test_published_answers_of_an_electricity_meter_are_understood() -> None:
    answers = meter_frames("DL/T645-2007", "meter")
    for register, frame, value in (
        ("00010000", answers[0], 260),
        ("00020000", answers[1], 1260),
        ("02010100", answers[4], 100100),
    ):
        meter = Dlt645("000000000161", [register])
        meter.encode(0)
        assert meter.decode(0, frame) == (ANSWERED, value)
        assert Dlt645("000000000162", [register]).decode(0, frame) is None
    # Of reactive energy, whose registers are not read, only the frame is looked at.
    for frame in answers[2:4]:
        assert Dlt645("000000000161", ["00010000"]).decode(0, frame) is None
    assert codes.VOLTAGE_MV in Dlt645("000000000161", ["02010100"]).quantities


def test_every_published_modbus_frame_has_our_checksum() -> None:
    for frame in modbus_frames():
        assert crc16_modbus(frame) == 0
        assert crc16_modbus(frame[:-2]) == int.from_bytes(frame[-2:], "little")


def test_a_published_modbus_exchange_is_understood() -> None:
    frames = modbus_frames()
    starts = b"\x11\x03\x00\x7c", b"\x11\x03\x04", b"\x11\x83"
    request, answer, refusal = [
        next(each for each in frames if each.startswith(start)) for start in starts
    ]
    sensor = ModbusRtu(17, [{"address": 0x7C, "type": "u32"}])
    assert sensor.encode(0) == request
    assert sensor.decode(0, answer) == (ANSWERED, 0x008D008E)
    assert sensor.decode(0, refusal) == (REFUSED, 2)
