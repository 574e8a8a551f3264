"""What images are made of and for: the apps, and the boards with their processors."""

from enum import StrEnum

from linli_protocol import codes

from .base_firmware import CHIPS


class App(StrEnum):
    """What a device does."""

    DOOR = "door"
    METER = "meter"
    VALVE_METER = "valve_meter"
    PANIC = "panic"
    BUS_METER = "bus_meter"
    BUS_SENSOR = "bus_sensor"


class Board(StrEnum):
    """What a device is: a chip by esptool's name, or a process (docs/HIL.md)."""

    ESP32 = "esp32"
    ESP32S3 = "esp32s3"
    ESP32C3 = "esp32c3"
    ESP32C6 = "esp32c6"
    EMULATED = "emulated"


# As node/kinds/ has them: an update goes to devices of one kind.
DEVICE_KINDS = {
    App.DOOR: codes.DOOR,
    App.METER: codes.METER,
    App.VALVE_METER: codes.METER,
    App.PANIC: codes.PANIC,
    App.BUS_METER: codes.METER,
    App.BUS_SENSOR: codes.AMBIENT,
}

# What mpy-cross compiles for.
ARCHITECTURES = {
    **{Board(chip.name): chip.architecture for chip in CHIPS.values()},
    Board.EMULATED: "x64",
}
