"""A serial line in virtual time, with meters and sensors on it that may misbehave.

The slaves are written from the protocols' descriptions alone and share no code with the masters.
"""

# What a slave does with its next request.
SILENT = "silent"
DAMAGED = "damaged"
LATE = "late"
STRANGER = "stranger"
NOISY = "noisy"
REFUSING = "refusing"
TRUNCATED = "truncated"

LATE_MS = 1200
ANSWER_MS = 30


class Line:
    """Port, direction pin and everything on the other side of them."""

    def __init__(self, *slaves, echo=False):
        self.now = 0
        self.slaves = list(slaves)
        self.echo = echo
        self.level = 0
        self.opened = []
        self.requests = []
        self.is_open = False
        self._serial = None
        self._sent_until = 0
        # (ms, running number, byte) in order.
        self._coming = []
        self._number = 0

    def open(self, serial):
        """Open the port as the board does."""
        assert not self.is_open, "the port before was not closed"
        self.is_open = True
        self.opened.append(serial)
        self._serial = serial
        # What came while the port was closed is lost.
        self._coming = [each for each in self._coming if each[0] > self.now]
        return self

    def deinit(self):
        self.is_open = False

    def value(self, level):
        """Drive the line, or not, as the direction pin does."""
        assert level or self.now >= self._sent_until, "let go of the line in mid-sentence"
        self.level = level

    def write(self, data):
        assert self.is_open and self.level == 1, "sent without driving the line"
        assert not [each for each in self._coming if each[0] <= self.now], "has not listened"
        self.requests.append((self.now, data))
        if self.echo:
            self._arrive(self.now, data)
        self._sent_until = self.now + self._airtime_ms(len(data))
        for slave in self.slaves:
            if slave.serial == self._serial:
                for delay_ms, answer in slave.hear(data):
                    self._arrive(self._sent_until + delay_ms, answer)
        return len(data)

    def txdone(self):
        return self.now >= self._sent_until

    def read(self, count):
        """Return what has arrived by now, None when that is nothing."""
        assert self.is_open
        data = bytes([each[2] for each in self._coming if each[0] <= self.now][:count])
        self._coming = self._coming[len(data) :]
        return data or None

    def disturb(self, data):
        """Let bytes nobody asked for arrive from now on."""
        self._arrive(self.now, data)

    def run(self, subject, ms):
        """Poll `subject` as a node does until `ms` have passed."""
        end = self.now + ms
        while True:
            subject.poll(self.now)
            deadline = subject.next_deadline()
            soon = self.now + 3 if self._coming else end
            if deadline is not None:
                soon = min(soon, max(deadline, self.now + 1))
            if soon >= end:
                self.now = end
                subject.poll(end)
                return
            self.now = soon

    def _arrive(self, at, data):
        for place, byte in enumerate(data):
            self._number += 1
            self._coming.append((at + self._airtime_ms(place + 1), self._number, byte))
        self._coming.sort()

    def _airtime_ms(self, count):
        rate, parity, stop = self._serial
        return -(-count * (9 + stop + (parity is not None)) * 1000 // rate)


class Slave:
    """A device that answers as `answer(request)` says, unless `faults` has something in store."""

    def __init__(self, serial):
        self.serial = serial
        self.faults = []
        self.alive = True

    def hear(self, request):
        """Return [(delay in ms, bytes)]."""
        if not self.alive:
            return []
        fault = self.faults.pop(0) if self.faults else None
        answer = self.answer(request, fault)
        if answer is None or fault == SILENT:
            return []
        if fault == DAMAGED:
            middle = len(answer) // 2
            answer = answer[:middle] + bytes((answer[middle] ^ 0x10,)) + answer[middle + 1 :]
        elif fault == TRUNCATED:
            answer = answer[:-3]
        elif fault == NOISY:
            answer = b"\x68\x00\xff\x68\x10" + answer
        return [(LATE_MS if fault == LATE else ANSWER_MS, answer)]


def summed(frame):
    return frame + bytes((sum(frame) % 256, 0x16))


def bcd(number, length):
    """Return a number's digits, two a byte, lowest first."""
    digits = ("%0" + str(2 * length) + "d") % number
    pairs = [int(digits[at : at + 2], 16) for at in range(0, 2 * length, 2)]
    return bytes(reversed(pairs))


class WaterMeter(Slave):
    """A CJ/T 188 meter; `total` counts hundredths of its unit."""

    def __init__(self, address="78330011223344", total=0, unit=0x2C, low_first=True):
        super().__init__((2400, 0, 1))
        self.address = address
        self.total = total
        self.unit = unit
        self.status = 0
        self.low_first = low_first
        self.valve_stuck = False

    def answer(self, request, fault):
        start = request.find(b"\x68")
        frame = request[start:]
        address = bcd(int(self.address), 7)
        if start < 1 or frame[2:9] not in (address, b"\xaa" * 7) or summed(frame[:-2]) != frame:
            return None
        control, data = frame[9], frame[11:-2]
        assert frame[10] == len(data)
        identifier, number = data[:2], data[2:3]
        if not self.low_first:
            identifier = bytes(reversed(identifier))
        status = bytes((self.status, 0))
        if fault == STRANGER:
            address = bcd(int(self.address) + 1, 7)
        if fault == REFUSING:
            control, data = control | 0x40, number + b"\x07\x00"
        elif (control, identifier) == (1, b"\x1f\x90"):
            total = bcd(self.total, 4) + bytes((self.unit,))
            time = b"\x31\x01\x22\x11\x05\x15\x20"
            data = data[:3] + total + total + time + status
        elif (control, identifier) == (4, b"\x17\xa0"):
            if not self.valve_stuck:
                self.status = {0x55: 0, 0x99: 1}[data[3]] | self.status & ~3
            data = data[:3] + status
        elif (control, identifier) != (3, b"\x0a\x81"):
            return None
        head = b"\x68" + frame[1:2] + address + bytes((control | 0x80, len(data)))
        return b"\xfe\xfe" + summed(head + data)


class ElectricityMeter(Slave):
    """A DL/T 645-2007 meter; `registers` maps an identifier to its bytes."""

    def __init__(self, address="000000000161", registers=None):
        super().__init__((2400, 0, 1))
        self.address = address
        self.registers = registers or {}

    def answer(self, request, fault):
        frame = request[request.find(b"\x68") :]
        address = bcd(int(self.address), 6)
        if frame[1:7] not in (address, b"\xaa" * 6) or summed(frame[:-2]) != frame:
            return None
        data = bytes([(byte - 0x33) % 256 for byte in frame[10:-2]])
        control = frame[8]
        if fault == STRANGER:
            address = bcd(int(self.address) + 1, 6)
        if control == 0x13:
            data = address
        elif fault == REFUSING or int.from_bytes(data, "little") not in self.registers:
            control, data = control | 0x40, b"\x02"
        else:
            data += self.registers[int.from_bytes(data, "little")]
        data = bytes([(byte + 0x33) % 256 for byte in data])
        return summed(b"\x68" + address + b"\x68" + bytes((control | 0x80, len(data))) + data)


def modbus_crc(data):
    """CRC-16/MODBUS by the catalogue's definition: reflect, divide by 0x8005, reflect."""
    crc = 0xFFFF
    for byte in data:
        for bit in range(8):
            top = crc >> 15 ^ (byte >> bit & 1)
            crc = crc << 1 & 0xFFFF ^ (0x8005 if top else 0)
    return sum([(crc >> bit & 1) << (15 - bit) for bit in range(16)])


class ModbusSlave(Slave):
    """A unit with registers by (function, address)."""

    def __init__(self, unit=17, registers=None, serial=(9600, None, 1)):
        super().__init__(serial)
        self.unit = unit
        self.registers = registers or {}

    def answer(self, request, fault):
        if (
            request[0] != self.unit
            or modbus_crc(request[:-2]).to_bytes(2, "little") != request[-2:]
        ):
            return None
        function = request[1]
        address, count = request[2] << 8 | request[3], request[4] << 8 | request[5]
        wanted = [(function, address + number) for number in range(count)]
        if fault == REFUSING or [each for each in wanted if each not in self.registers]:
            answer = bytes((self.unit, function | 0x80, 2))
        else:
            words = [self.registers[each].to_bytes(2, "big") for each in wanted]
            answer = bytes((self.unit, function, 2 * count)) + b"".join(words)
        if fault == STRANGER:
            answer = bytes((self.unit + 1,)) + answer[1:]
        return answer + modbus_crc(answer).to_bytes(2, "little")
