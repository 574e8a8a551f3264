"""The LoRa bearer on a modem of the driver's interface; its settings; airtime."""

import sys

from fake_lora import Air, Clock, FakeModem
from linli_firmware.bearers import lora
from linli_firmware.bearers.lora_airtime import airtime_us
from linli_firmware.bearers.lora_regions import region
from lora_stories import Board, tell
from support import raises

WIRING = {"sck": 5, "mosi": 27, "miso": 19, "cs": 18, "reset": 14, "irq": 26, "busy": 32}


class Driver:
    """The driver's package: modem classes that keep their arguments."""

    def __init__(self, clock, air):
        self.made = []
        self.dead = [False]

        def modem(lora_cfg, **wiring):
            made = FakeModem(clock, air, lora_cfg, self.dead)
            if len(self.made) > 0:
                made.radio.jammed = self.made[-1][2].radio.jammed
            self.made.append((wiring, lora_cfg, made))
            return made

        self.SX1262 = self.SX1276 = modem


class FakeBoard(Board):
    """The builder's board: numbers stand for pins."""

    def pin(self, number):
        return ("pin", number)

    def spi(self, number, baudrate, sck, mosi, miso):
        return ("spi", number, baudrate, sck, mosi, miso)


class Bench:
    """A bearer built on the fake driver."""

    def __init__(self, **settings):
        self.clock = Clock()
        self.air = Air()
        self.driver = Driver(self.clock, self.air)
        sys.modules["lora"] = self.driver
        merged = dict(WIRING)
        merged.update(settings)
        try:
            self.lora = lora.build(merged, FakeBoard())
        finally:
            del sys.modules["lora"]

    def broken(self, is_broken):
        self.driver.dead[0] = is_broken

    def jammed(self, is_jammed):
        self.driver.made[-1][2].radio.jammed = is_jammed


def bench_with(settings):
    return Bench(**settings)


def test_every_story_on_the_drivers_interface():
    tell(lambda spreading_factor=9: Bench(spreading_factor=spreading_factor))


def test_the_radio_sleeps_whenever_it_is_idle():
    bench = Bench()
    bench.lora.start(0)
    modem = bench.driver.made[-1][2]
    assert modem.asleep
    bench.lora.send(b"x", 0)
    bench.lora.poll(0)
    assert not modem.asleep
    for _ in range(1000):
        bench.clock.advance(5_000)
        bench.lora.poll(bench.clock.now())
    assert modem.asleep


def test_both_families_are_wired_as_their_driver_asks():
    bench = Bench(chip="SX1276", antenna="RFO")
    bench.lora.start(0)
    wiring, lora_cfg, _ = bench.driver.made[0]
    assert wiring == {
        "spi": ("spi", 1, 2_000_000, 5, 27, 19),
        "cs": ("pin", 18),
        "reset": ("pin", 14),
        "dio0": ("pin", 26),
    }
    assert lora_cfg["tx_ant"] == "RFO"
    bench = Bench(tcxo_mv=1800, dio2_rf_switch=False)
    bench.lora.start(0)
    wiring, lora_cfg, _ = bench.driver.made[0]
    assert wiring == {
        "spi": ("spi", 1, 2_000_000, 5, 27, 19),
        "cs": ("pin", 18),
        "reset": ("pin", 14),
        "dio1": ("pin", 26),
        "busy": ("pin", 32),
        "dio2_rf_sw": False,
        "dio3_tcxo_millivolts": 1800,
    }
    assert "tx_ant" not in lora_cfg


def test_wrong_settings_are_named():
    for settings, words in (
        ({"busy": None}, "busy"),
        ({"region": "US915"}, "US915"),
        ({"chip": "SX1301"}, "SX1301"),
        ({"power_dbm": 15}, "14 dBm"),
        ({"region": "CN470", "spreading_factor": 11}, "1000"),
        ({"channel": 3}, "channel"),
    ):
        error = raises(ValueError, bench_with, settings)
        assert words in str(error), (settings, error)
    for name in ("sck", "mosi", "miso", "cs", "reset", "irq"):
        settings = dict(WIRING)
        del settings[name]
        sys.modules["lora"] = Driver(None, None)
        error = raises(ValueError, lora.build, settings, FakeBoard())
        del sys.modules["lora"]
        assert name in str(error)
    Bench(chip="SX1276", busy=None)
    Bench(region="CN470", power_dbm=17, spreading_factor=10)


def test_the_link_is_told_the_regions_limits():
    bearer = Bench(spreading_factor=12).lora.bearer
    assert bearer.mtu == 51
    assert bearer.contact_ms == 0  # the hub never sleeps
    spent = 0
    now = 0
    # Whatever is asked of it, one hour holds no more than 36 s on the air.
    while now < 3_600_000:
        wait = bearer.wait(51, False, now)
        assert wait is not None
        now += wait
        if now < 3_600_000:
            bearer.sent(51, now)
            spent += airtime_us(51, 12)
    assert 20_000_000 < spent <= 36_000_000
    assert Bench(region="CN470").lora.bearer.wait(51, False, 0) == 0


def test_more_packets_than_the_queue_holds_drop_the_oldest():
    bench = Bench()
    bench.lora.start(0)
    for number in range(12):
        bench.lora.send(bytes([number]), 0)
    for _ in range(8 * 600):
        bench.clock.advance(5_000)
        bench.lora.poll(bench.clock.now())
    assert [frame.payload[0] for frame in bench.air.sent] == list(range(4, 12))
    assert bench.lora.counts["dropped"] == 4


def test_airtime_of_a_semtech_table_and_of_ns3():
    # 20 bytes at SF7 to SF12, 125 kHz, 4/5, preamble 8, explicit header, CRC.
    expected = [56_576, 102_912, 185_344, 370_688, 741_376, 1_318_912]
    assert [airtime_us(20, factor) for factor in range(7, 13)] == expected
    assert airtime_us(10, 12, 500_000, 2, 8, low_rate=True) == 264_192
    assert airtime_us(0, 12, implicit_header=True, crc=False) == 663_552


def test_regions_have_eight_channels_in_their_band():
    for name, low, high in (("EU868", 865_000, 868_600), ("CN470", 470_000, 510_000)):
        place = region(name)
        assert place.first_khz - 63 >= low
        assert place.first_khz + 7 * place.step_khz + 63 <= high
        assert place.channels == 8
