"""A Semtech SX1262 at command level, in virtual time (datasheet rev. 2.1, chapter 13).

What it insists on: no command while BUSY is high, BUSY after every command and all through sleep,
waking by chip select alone, interrupts only as masked to DIO1, a timer that stops on the header.
"""

from fake_lora import RSSI_DBM, Radio
from fake_sx127x import FakePin, Spi

WRITE_REGISTER, READ_REGISTER, WRITE_BUFFER, READ_BUFFER = 0x0D, 0x1D, 0x0E, 0x1E
SET_SLEEP, SET_STANDBY, SET_TX, SET_RX, SET_FREQUENCY = 0x84, 0x80, 0x83, 0x82, 0x86
SET_MODULATION, SET_PACKET, SET_BASES, SET_TX_PARAMS = 0x8B, 0x8C, 0x8F, 0x8E
SET_DIO_IRQ, CLEAR_IRQ, GET_IRQ = 0x08, 0x02, 0x12
GET_RX_STATUS, GET_PACKET_STATUS, GET_ERRORS = 0x13, 0x14, 0x17
READS = (READ_REGISTER, READ_BUFFER, GET_IRQ, GET_RX_STATUS, GET_PACKET_STATUS, GET_ERRORS)
# Commands without a consequence that a bearer could see: packet type, PA, RF switch, TCXO,
# calibration, clearing of errors.
SILENT = (0x8A, 0x95, 0x9D, 0x97, 0x89, 0x98, 0x07)

TX_DONE, RX_DONE, HEADER_VALID, TIMEOUT = 0x01, 0x02, 0x10, 0x200

MODE_RC, MODE_RX, MODE_TX = 2, 5, 6
BUSY_US = 100
WAKE_US = 340
RESET_US = 3_500
SYNC_WORD = 0x0740


class FakeSx126x:
    """The chip with its pins and bus; while `dead`, BUSY stays high."""

    lock_symbols = 21  # preamble, synchronisation and header

    def __init__(self, clock, air):
        self.dead = False
        self.radio = Radio(clock, air, self.lock_symbols, self._on_event)
        self._clock = clock
        self.spi = Spi(self._transfer)
        self.cs = FakePin(self._select)
        self.reset = FakePin(self._reset)
        self.busy = FakePin(read=self._is_busy)
        self.dio1 = FakePin()
        self._reset(0)

    def wiring(self):
        """Return the driver's arguments for this chip."""
        return {
            "spi": self.spi,
            "cs": self.cs,
            "busy": self.busy,
            "dio1": self.dio1,
            "reset": self.reset,
        }

    def _reset(self, level):
        if level:
            return
        self.radio.quiet()
        self._mode = MODE_RC
        self._asleep = False
        self._command = None
        self._buffer = bytearray(256)
        self._registers = {SYNC_WORD: 0x14, SYNC_WORD + 1: 0x24}
        self._irq = 0
        self._irq_mask = self._dio1_mask = 0
        self._bases = (0, 0)
        self._frequency = 0
        self._modulation = self._packet = b""
        self._power = 0
        self._received = (0, 0)
        self._busy_until = self._clock.us + RESET_US

    def _is_busy(self):
        return int(self.dead or self._asleep or self._clock.us < self._busy_until)

    def _select(self, level):
        if not level:
            if self._asleep:
                self._asleep = False
                self._busy_until = self._clock.us + WAKE_US
                self._command = None
                return
            self._command = bytearray()
        elif self._command:
            command = bytes(self._command)
            self._command = None
            self._busy_until = self._clock.us + BUSY_US
            self._execute(command[0], command[1:])

    def _transfer(self, byte):
        command = self._command
        assert command is not None, "a transfer without chip select, or in sleep"
        assert not self._is_busy(), "a command while BUSY is high"
        command.append(byte)
        return self._answer(command, len(command) - 1)

    def _answer(self, command, index):
        """Return the byte that the chip drives while it takes the command's byte `index`."""
        opcode = command[0]
        status = self._mode << 4
        if opcode == READ_REGISTER and index >= 4:
            return self._registers.get((command[1] << 8 | command[2]) + index - 4, 0)
        if opcode == READ_BUFFER and index >= 3:
            return self._buffer[(command[1] + index - 3) & 0xFF]
        contents = {
            GET_IRQ: (self._irq >> 8, self._irq & 0xFF),
            GET_ERRORS: (0, 0),
            GET_RX_STATUS: self._received,
            GET_PACKET_STATUS: (-2 * RSSI_DBM, 20, -2 * RSSI_DBM),
        }.get(opcode)
        if contents and index >= 2:
            return contents[index - 2]
        return status

    def _execute(self, opcode, arguments):
        if opcode == SET_STANDBY:
            self.radio.quiet()
            self._mode = MODE_RC + arguments[0]
        elif opcode == SET_SLEEP:
            assert arguments[0] & 4, "a cold start forgets the configuration"
            self.radio.quiet()
            self._asleep = True
            self._mode = MODE_RC
        elif opcode == SET_FREQUENCY:
            self._frequency = int.from_bytes(arguments, "big")
        elif opcode == SET_MODULATION:
            self._modulation = arguments
        elif opcode == SET_PACKET:
            self._packet = arguments
        elif opcode == SET_BASES:
            self._bases = (arguments[0], arguments[1])
        elif opcode == SET_TX_PARAMS:
            self._power = arguments[0]
        elif opcode == WRITE_BUFFER:
            for number, byte in enumerate(arguments[1:]):
                self._buffer[(arguments[0] + number) & 0xFF] = byte
        elif opcode == WRITE_REGISTER:
            address = arguments[0] << 8 | arguments[1]
            for number, byte in enumerate(arguments[2:]):
                self._registers[address + number] = byte
        elif opcode == SET_DIO_IRQ:
            self._irq_mask = arguments[0] << 8 | arguments[1]
            self._dio1_mask = arguments[2] << 8 | arguments[3]
        elif opcode == CLEAR_IRQ:
            self._irq &= ~(arguments[0] << 8 | arguments[1])
        elif opcode == SET_TX:
            self._transmit()
        elif opcode == SET_RX:
            self._listen(int.from_bytes(arguments, "big"))
        else:
            assert opcode in SILENT or opcode in READS, "unknown command %#x" % opcode

    def _khz(self):
        return (self._frequency * 15_625 // (1 << 14) + 500) // 1000

    def _transmit(self):
        header, length, crc, inverted = self._packet[2:6]
        base = self._bases[0]
        word = (self._registers[SYNC_WORD] << 8) | self._registers[SYNC_WORD + 1]
        setup = {
            "bandwidth_khz": {4: 125, 5: 250, 6: 500}[self._modulation[1]],
            "coding_rate": 4 + self._modulation[2],
            "preamble": int.from_bytes(self._packet[:2], "big"),
            "crc": bool(crc),
            "explicit": not header,
            "sync_word": (word >> 8) & 0xF0 | (word >> 4) & 0x0F,
            "inverted": bool(inverted),
            # 14 dBm is set as the amplifier's optimum: 22 with a smaller stage (13.1.14).
            "power_dbm": 14 if self._power == 22 else self._power,
        }
        self._mode = MODE_TX
        payload = bytes(self._buffer[base : base + length])
        self.radio.transmit(payload, self._khz(), self._modulation[0], setup)

    def _listen(self, timeout):
        self._mode = MODE_RX
        inverted = bool(self._packet[5])
        timeout_us = timeout * 125 // 8
        self.radio.listen(self._khz(), self._modulation[0], inverted, timeout_us)

    def _on_event(self, name, payload):
        self._mode = MODE_RC
        if name == "sent":
            flags = TX_DONE
        elif name == "timeout":
            flags = TIMEOUT
        else:
            flags = RX_DONE | HEADER_VALID
            base = self._bases[1]
            for number, byte in enumerate(payload):
                self._buffer[(base + number) & 0xFF] = byte
            self._received = (len(payload), base)
        self._irq |= flags & self._irq_mask
        if flags & self._dio1_mask:
            self.dio1.rise()
