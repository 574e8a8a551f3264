"""Modbus RTU: reading registers of meters and sensors.

Request: unit, function 03 (holding) or 04 (input registers), address, count (2 bytes each, high
first), CRC (low first). Answer: unit, function, count of bytes, registers, CRC; refusal: function
with bit 7, exception code (Modbus application protocol V1.1b3, 6.3, 6.4, 7). Nothing is written.

    >>> ModbusRtu(17, [{"address": 0x6B, "type": "u16"}]).encode(0).hex()
    '1103006b0001f746'
"""

from ..settings import NEEDED, merged
from .bus import ANSWERED, REFUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import Config
    from .types import Answer, Serial

# Of how many registers a type is, and whether it is signed.
_TYPES = {"u16": (1, False), "s16": (1, True), "u32": (2, False), "s32": (2, True)}

# What may be said of a value to read.
REGISTER = {
    "address": NEEDED,
    "function": 3,
    "type": "u16",
    "low_word_first": False,
    "factor": 1,
    "divisor": 1,
}


def crc16_modbus(data: bytes) -> int:
    """Return CRC-16/MODBUS: polynomial 0x8005 reflected, initial value 0xFFFF.

    Another polynomial than that of the frames between nodes, whose short cut rests on it. Over data
    followed by their CRC, low byte first, the result is 0.
    """
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


class ModbusRtu:
    """One unit, whose registers are read in turn; each gives what is read * factor // divisor.

    `registers`: dicts with the keys of REGISTER. `serial`: see `bus`. ValueError names the setting
    that is wrong.
    """

    def __init__(
        self, unit: int, registers: "list[Config]", serial: "Serial" = (9600, None, 1)
    ) -> None:
        if not 1 <= unit <= 247:
            raise ValueError("unit: 1 to 247, not %d" % unit)
        self._unit = unit
        self._registers = [_row(each) for each in registers]
        self.serial = serial
        self.steps = len(registers)

    def encode(self, step: int) -> bytes:
        """Return the bytes of a new request."""
        function, address, words = self._registers[step][:3]
        frame = bytes((self._unit, function, address >> 8, address & 0xFF, 0, words))
        return frame + crc16_modbus(frame).to_bytes(2, "little")

    def decode(self, step: int, heard: bytes) -> "Answer | None":
        """Return the answer to the last request, None while `heard` does not hold it."""
        function, _, words, signed, low_word_first, factor, divisor = self._registers[step]
        whole = bytes((self._unit, function, 2 * words))
        refusal = bytes((self._unit, function | 0x80))
        for start in range(len(heard) - 4):
            if heard.startswith(whole, start):
                length = 5 + 2 * words
            elif heard.startswith(refusal, start):
                length = 5
            else:
                continue
            frame = heard[start : start + length]
            if len(frame) < length or crc16_modbus(frame):
                continue
            if frame[1] != function:
                return REFUSED, frame[2]
            data = frame[3:-2]
            if low_word_first:
                data = data[2:] + data[:2]
            value = int.from_bytes(data, "big")
            if signed and data[0] & 0x80:
                value -= 1 << 8 * len(data)
            return ANSWERED, value * factor // divisor
        return None


def _row(register: "Config") -> "tuple[int, int, int, bool, bool, int, int]":
    row = merged(REGISTER, register)
    if row["type"] not in _TYPES:
        raise ValueError("type: u16, s16, u32 or s32")
    if row["function"] not in (3, 4):
        raise ValueError("function: 3 or 4")
    if row["divisor"] < 1:
        raise ValueError("divisor: at least 1")
    words, signed = _TYPES[row["type"]]
    return (
        row["function"],
        row["address"],
        words,
        signed,
        row["low_word_first"] and words == 2,
        row["factor"],
        row["divisor"],
    )
