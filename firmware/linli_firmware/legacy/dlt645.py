"""DL/T 645-2007: electricity meters.

Frame: FE 4 times, 68, address (6 bytes BCD, low first), 68, control, length, data with 33 added to
each byte, sum of all from the first 68 on modulo 256, 16; 2400 Bd, 8E1. Control 11 reads the data
identifier (4 bytes, low first); the answer 91 repeats it, the refusal D1 carries one byte of errors
(bit 0 other, 1 no such data, 2 not authorised, 3 rate, 4 to 6 too many zones, slots, tariffs).
Control 13 asks the one meter on the line for its address.

    >>> Dlt645("000000000161", ["00010000"]).encode(0).hex()
    'fefefefe68610100000000681104333334331416'
"""

from linli_protocol import codes

from . import telegram
from .bus import ANSWERED, REFUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Answer

# The step that reads the address; the others are the registers' numbers.
READ_ADDRESS = -1

# By the upper half of an identifier: quantity, bytes, factor, divisor, whether the top bit is a
# sign. Energy comes in 10 Wh, voltage in 0.1 V, current in mA, power in 0.1 W (annex A of the
# standard, as public implementations have it).
_FORMATS = {
    0x0000: (codes.ENERGY_WH, 4, 10, 1, True),
    0x0001: (codes.ENERGY_WH, 4, 10, 1, False),
    0x0002: (codes.ENERGY_WH, 4, 10, 1, False),
    0x0201: (codes.VOLTAGE_MV, 2, 100, 1, False),
    0x0202: (codes.CURRENT_MA, 3, 1, 1, True),
    0x0203: (codes.POWER_W, 3, 1, 10, True),
}


class Dlt645:
    """One meter, whose registers are read in turn; each gives an integer in its quantity's unit.

    Address "AAAAAAAAAAAA" is the only one on the line, whatever its own.
    `registers` are identifiers as printed, 8 hexadecimal digits: 00010000 energy drawn, 00020000
    energy fed in, 02010100 voltage and 02020100 current of phase A, 02030000 active power.
    `quantities` are the registers' codes.*. ValueError names the setting that is wrong.
    """

    serial = (2400, 0, 1)

    def __init__(self, address: str, registers: "list[str]") -> None:
        self._head = b"\x68" + telegram.address(address, 6) + b"\x68"
        self._any = address[0] == "A"
        self._registers = [int(each, 16) for each in registers]
        for each in self._registers:
            if each >> 16 not in _FORMATS:
                raise ValueError("registers: no known format of %08X" % each)
        self.quantities = [_FORMATS[each >> 16][0] for each in self._registers]
        self.steps = len(registers)

    def encode(self, step: int) -> bytes:
        """Return the bytes of a new request."""
        data = self._identifier(step)
        frame = self._head + bytes((_control(step), len(data)))
        return b"\xfe\xfe\xfe\xfe" + telegram.closed(frame + _shifted(data, 0x33))

    def decode(self, step: int, heard: bytes) -> "Answer | None":
        """Return the answer to the last request, None while `heard` does not hold it."""
        for frame in telegram.frames(heard, 9):
            if frame.startswith(self._head) or (self._any and frame[7] == 0x68):
                answer = self._answer(step, frame)
                if answer is not None:
                    return answer
        return None

    def _identifier(self, step: int) -> bytes:
        return b"" if step == READ_ADDRESS else self._registers[step].to_bytes(4, "little")

    def _answer(self, step: int, frame: bytes) -> "Answer | None":
        data = _shifted(frame[10:], -0x33)
        if frame[8] == _control(step) | 0xC0:
            return REFUSED, data[0] if data else None
        if frame[8] != _control(step) | 0x80 or not data.startswith(self._identifier(step)):
            return None
        if step == READ_ADDRESS:
            return ANSWERED, telegram.printed(frame[1:7])
        return _value(self._registers[step] >> 16, data[4:])


def _control(step: int) -> int:
    return 0x13 if step == READ_ADDRESS else 0x11


def _shifted(data: bytes, by: int) -> bytes:
    return bytes([(byte + by) & 0xFF for byte in data])


def _value(group: int, data: bytes) -> "Answer":
    _, length, factor, divisor, signed = _FORMATS[group]
    if len(data) != length:
        return REFUSED, None
    negative = signed and data[-1] & 0x80
    if negative:
        data = data[:-1] + bytes((data[-1] & 0x7F,))
    value = telegram.number(data)
    if value is None:
        return REFUSED, None
    value = value * factor // divisor
    return ANSWERED, -value if negative else value
