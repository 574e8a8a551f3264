"""A Semtech SX1276 at register level, in virtual time (datasheet rev. 7, section 4.4).

What it insists on: LoRa is entered and left in sleep mode only, the FIFO is lost in sleep mode, TX
and single RX end in standby, interrupt flags are cleared by writing ones, and DIO0 follows its
mapping.
"""

from fake_lora import RSSI_DBM, Radio

OPMODE, FR_MSB, PA_CONFIG, FIFO_PTR, TX_BASE, RX_BASE, RX_CURRENT = 1, 6, 9, 0x0D, 0x0E, 0x0F, 0x10
IRQ_FLAGS, RX_BYTES, SNR, RSSI = 0x12, 0x13, 0x19, 0x1A
CONFIG1, CONFIG2, SYMBOL_TIMEOUT = 0x1D, 0x1E, 0x1F
PREAMBLE, PAYLOAD_LENGTH, INVERT_IQ, SYNC_WORD, IMAGE_CAL = 0x20, 0x22, 0x33, 0x39, 0x3B
DIO_MAPPING1, VERSION = 0x40, 0x42

LORA = 0x80
SLEEP, STANDBY, TX, RX_SINGLE = 0, 1, 3, 6
RX_TIMEOUT, RX_DONE, VALID_HEADER, TX_DONE = 0x80, 0x40, 0x10, 0x08

OSCILLATOR_HZ = 32_000_000
RSSI_OFFSET_DBM = 157  # high-frequency port


class FakePin:
    """A machine.Pin as the driver uses it."""

    def __init__(self, on_write=None, read=None):
        self._on_write = on_write
        self._read = read
        self._handler = None

    def init(self, mode, value=None):
        if value is not None:
            self(value)

    def irq(self, handler, trigger=None):
        self._handler = handler

    def rise(self):
        """Fire the interrupt of a rising edge."""
        if self._handler:
            self._handler(self)

    def __call__(self, value=None):
        if value is None:
            return self._read()
        if self._on_write:
            self._on_write(value)
        return None


class Spi:
    """A machine.SPI in front of `transfer(byte) -> byte`."""

    def __init__(self, transfer):
        self._transfer = transfer

    def write(self, data):
        for byte in data:
            self._transfer(byte)

    def readinto(self, buffer, write=0):
        for index in range(len(buffer)):
            buffer[index] = self._transfer(write)

    def write_readinto(self, data, buffer):
        for index in range(len(buffer)):
            buffer[index] = self._transfer(data[index])


class FakeSx127x:
    """The chip with its pins `cs`, `reset` and `dio0` and its bus `spi`; `dead` answers zeros."""

    lock_symbols = 5

    def __init__(self, clock, air):
        self.dead = False
        self.radio = Radio(clock, air, self.lock_symbols, self._on_event)
        self.spi = Spi(self._transfer)
        self.cs = FakePin(self._select)
        self.reset = FakePin(self._reset)
        self.dio0 = FakePin()
        self._selected = False
        self._address = None
        self._reset(0)

    def wiring(self):
        """Return the driver's arguments for this chip."""
        return {"spi": self.spi, "cs": self.cs, "dio0": self.dio0, "reset": self.reset}

    def _reset(self, level):
        if level:
            return
        self.radio.quiet()
        self._registers = bytearray(0x80)
        self._registers[OPMODE] = 0x09
        self._registers[VERSION] = 0x12
        self._registers[INVERT_IQ] = 0x27
        self._registers[TX_BASE] = 0x80
        self._image_cal = 0x82
        self._fifo = bytearray(256)

    def _select(self, level):
        self._selected = not level
        self._address = None

    def _transfer(self, byte):
        assert self._selected, "a transfer without chip select"
        if self.dead:
            return 0
        if self._address is None:
            self._address = byte
            return 0
        address = self._address & 0x7F
        answer = self._access(address, byte if self._address & 0x80 else None)
        if address:
            self._address += 1
        return answer

    def _access(self, address, value):
        """Read a register, or write `value`; return the byte on the bus."""
        registers = self._registers
        is_lora = registers[OPMODE] & LORA
        if address == 0:
            assert registers[OPMODE] & 7 != SLEEP, "the FIFO is out of reach in sleep mode"
            pointer = registers[FIFO_PTR]
            registers[FIFO_PTR] = (pointer + 1) & 0xFF
            if value is not None:
                self._fifo[pointer] = value
            return self._fifo[pointer]
        if address == IMAGE_CAL and not is_lora:
            if value is not None:
                self._image_cal = value & ~0x60  # calibration is over at once
            return self._image_cal
        old = registers[address]
        if value is None or address == VERSION:
            return old
        if address == IRQ_FLAGS:
            registers[address] = old & ~value & 0xFF
        elif address == OPMODE:
            self._set_mode(value, old)
        else:
            registers[address] = value
        return old

    def _set_mode(self, value, old):
        if old & 7 != SLEEP:
            value = (value & 0x7F) | (old & LORA)
        self._registers[OPMODE] = value
        self.radio.quiet()
        mode = value & 7
        if mode == SLEEP:
            self._fifo = bytearray(256)
        elif mode == TX:
            assert value & LORA
            self._transmit()
        elif mode == RX_SINGLE:
            assert value & LORA
            self._listen()

    def _khz(self):
        registers = self._registers
        steps = (registers[FR_MSB] << 16) | (registers[FR_MSB + 1] << 8) | registers[FR_MSB + 2]
        return (steps * OSCILLATOR_HZ // 524_288 + 500) // 1000

    def _transmit(self):
        registers = self._registers
        base = registers[TX_BASE]
        config1 = registers[CONFIG1]
        setup = {
            "bandwidth_khz": {7: 125, 8: 250, 9: 500}[config1 >> 4],
            "coding_rate": 4 + (config1 >> 1 & 7),
            "preamble": registers[PREAMBLE] << 8 | registers[PREAMBLE + 1],
            "crc": bool(registers[CONFIG2] & 4),
            "explicit": not config1 & 1,
            "sync_word": registers[SYNC_WORD],
            "inverted": not registers[INVERT_IQ] & 1,
            # On PA_BOOST: 2 dBm + OutputPower.
            "power_dbm": 2 + (registers[PA_CONFIG] & 0x0F),
        }
        payload = bytes(self._fifo[base : base + registers[PAYLOAD_LENGTH]])
        self.radio.transmit(payload, self._khz(), registers[CONFIG2] >> 4, setup)

    def _listen(self):
        registers = self._registers
        spreading_factor = registers[CONFIG2] >> 4
        symbols = (registers[CONFIG2] & 3) << 8 | registers[SYMBOL_TIMEOUT]
        timeout_us = symbols * (1_000_000 << spreading_factor) // 125_000
        inverted = bool(registers[INVERT_IQ] & 0x40)
        self.radio.listen(self._khz(), spreading_factor, inverted, timeout_us)

    def _on_event(self, name, payload):
        registers = self._registers
        registers[OPMODE] = (registers[OPMODE] & ~7) | STANDBY
        mapping = registers[DIO_MAPPING1] >> 6
        if name == "timeout":
            registers[IRQ_FLAGS] |= RX_TIMEOUT
            return
        if name == "sent":
            registers[IRQ_FLAGS] |= TX_DONE
        else:
            base = registers[RX_BASE]
            self._fifo[base : base + len(payload)] = payload
            registers[FIFO_PTR] = registers[RX_CURRENT] = base
            registers[RX_BYTES] = len(payload)
            registers[SNR] = 20
            registers[RSSI] = RSSI_DBM + RSSI_OFFSET_DBM
            registers[IRQ_FLAGS] |= RX_DONE | VALID_HEADER
        if mapping == (1 if name == "sent" else 0):
            self.dio0.rise()
