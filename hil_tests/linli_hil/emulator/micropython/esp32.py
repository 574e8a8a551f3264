"""The esp32 module of the emulated board: key storage and partitions."""

import json

import chip
import registers
from flash import BLOCK_SIZE, ERASED

WAKEUP_ALL_LOW = False
WAKEUP_ANY_HIGH = True

_flash = None
_nvs = None


def setup(flash, nvs):
    """Take the flash and the open file of the key storage (JSON: "namespace/key" to hex)."""
    global _flash, _nvs
    _flash = flash
    _nvs = nvs


# The pins of an ESP32-S3 that its RTC sees.
_RTC_PINS = 22


def wake_on_ext1(pins, level):
    chosen = _bits(pins)
    if chosen >> _RTC_PINS:
        raise ValueError("invalid pin")
    chip.words[registers.EXT1_PINS] = chosen
    chip.words[registers.EXT1_LEVEL] = int(level)


def wake_on_gpio(pins, level):
    chip.words[registers.GPIO_PINS] = _bits(pins)
    chip.words[registers.GPIO_LEVEL] = int(level)


def gpio_deep_sleep_hold(on):
    """Do nothing: here every pad that is held stays so."""


def _bits(pins):
    found = 0
    for pin in pins:
        found |= 1 << pin.number
    return found


class NVS:
    def __init__(self, namespace):
        self._prefix = namespace + "/"

    def get_blob(self, key, buffer):
        _nvs.seek(0)
        text = _nvs.read().rstrip(b"\x00\xff")
        value = json.loads(text).get(self._prefix + key) if text else None
        if value is None:
            raise OSError("ESP_ERR_NVS_NOT_FOUND")
        value = bytes.fromhex(value)
        buffer[: len(value)] = value
        return len(value)

    def set_blob(self, key, value):
        _nvs.seek(0)
        content = json.loads(_nvs.read().rstrip(b"\x00\xff") or b"{}")
        content[self._prefix + key] = value.hex()
        text = json.dumps(content).encode()
        _nvs.seek(0)
        _nvs.write(text + b"\xff" * (BLOCK_SIZE - len(text)))
        _nvs.flush()

    def commit(self):
        pass


class _KeyFlash:
    """The raw blocks of the key storage."""

    def readblocks(self, block, buffer, offset=0):
        _nvs.seek(block * BLOCK_SIZE + offset)
        for index in range(len(buffer)):
            buffer[index] = 0xFF
        _nvs.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        _nvs.seek(block * BLOCK_SIZE + offset)
        _nvs.write(buffer)
        _nvs.flush()

    def ioctl(self, operation, argument):
        if operation == 4:
            return max(_nvs.seek(0, 2) // BLOCK_SIZE, 1)
        if operation == 5:
            return BLOCK_SIZE
        if operation == 6:
            for offset in range(0, BLOCK_SIZE, len(ERASED)):
                self.writeblocks(argument, ERASED, offset)
        return 0


class Partition:
    TYPE_APP = 0
    TYPE_DATA = 1

    @staticmethod
    def find(type=0, subtype=0xFF, label=None, block_size=BLOCK_SIZE):
        return {"vfs": [_flash], "nvs": [_KeyFlash()]}.get(label, [])
