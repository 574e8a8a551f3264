"""The stories of test_bearer_lora on micropython-lib's real driver and the chips' registers.

LINLI_LORA_LIB names the folder into which mip has put lora-sync, lora-sx127x and lora-sx126x. Runs
in MicroPython, whose integers the driver packs as it does on boards; tests/firmware starts it.
"""

import os
import sys

from fake_lora import Air, Clock
from fake_sx126x import FakeSx126x
from fake_sx127x import FakeSx127x
from linli_firmware.bearers import lora
from linli_firmware.bearers.lora_airtime import airtime_us
from lora_stories import Board, tell


class Machine:
    """The driver's `machine`."""

    class Pin:
        """Constants of machine.Pin."""

        OUT = 1
        IN = 0
        IRQ_RISING = 1

    @staticmethod
    def idle():
        pass


class Time:
    """The driver's `time`, on the bench's clock."""

    clock = None

    def ticks_ms(self):
        return self.clock.us // 1000

    def ticks_us(self):
        return self.clock.us

    def ticks_add(self, ticks, delta):
        return ticks + delta

    def ticks_diff(self, end, start):
        return end - start

    def sleep_ms(self, duration):
        self.clock.advance(duration * 1000)

    def sleep_us(self, duration):
        self.clock.advance(duration)


TIME = Time()
sys.modules["machine"] = Machine
sys.modules["time"] = TIME
sys.path.insert(0, os.getenv("LINLI_LORA_LIB"))

import lora as driver  # noqa: E402

PINS = {"cs": 1, "reset": 2, "irq": 3, "busy": 4}


class ChipBoard(Board):
    """The builder's board, wired to a chip."""

    def __init__(self, chip):
        super().__init__()
        self._chip = chip

    def pin(self, number):
        chip = self._chip
        irq = chip.dio0 if isinstance(chip, FakeSx127x) else chip.dio1
        return {1: chip.cs, 2: chip.reset, 3: irq, 4: getattr(chip, "busy", None)}[number]

    def spi(self, *arguments):
        return self._chip.spi


class Bench:
    """A bearer on the real driver on a fake chip."""

    def __init__(self, family, name, spreading_factor):
        self.clock = TIME.clock = Clock()
        self.air = Air()
        self.chip = family(self.clock, self.air)
        settings = {"chip": name, "spreading_factor": spreading_factor}
        settings.update({"sck": 0, "mosi": 0, "miso": 0})
        settings.update(PINS)
        self.lora = lora.build(settings, ChipBoard(self.chip))

    def broken(self, is_broken):
        self.chip.dead = is_broken

    def jammed(self, is_jammed):
        self.chip.radio.jammed = is_jammed


def test_every_story_on_an_sx1276():
    tell(lambda spreading_factor=9: Bench(FakeSx127x, "SX1276", spreading_factor))


def test_every_story_on_an_sx1262():
    tell(lambda spreading_factor=9: Bench(FakeSx126x, "SX1262", spreading_factor))


def test_the_drivers_airtime_is_ours():
    TIME.clock = Clock()
    chip = FakeSx127x(TIME.clock, Air())
    modem = driver.SX1276(lora_cfg={"preamble_len": 8}, **chip.wiring())
    for spreading_factor in range(7, 13):
        for khz in (125, 250, 500):
            modem.configure({"sf": spreading_factor, "bw": khz})
            for length in range(256):
                ours = airtime_us(length, spreading_factor, khz * 1000)
                assert modem.get_time_on_air_us(length) == ours
