"""CJ/T 188: water meters with a bus, and their valves.

Frame: FE 1 to 4 times, 68, type, address (7 bytes BCD, low first), control, length, data, sum of
all from 68 on modulo 256, 16; 2400 Bd, 8E1. A request's data is the identifier DI, a sequence
number SER and what is written; an answer has the control's bit 7 set and repeats both; a refusal
has bit 6 set too and carries SER and the status ST (2 bytes). DI 901F answers with the total and
the settlement day's total (4 bytes BCD with two decimals and a unit each), time (7 bytes) and ST.

    >>> Cjt188("78330011223344").encode(READ).hex()
    'fefefe68104433221100337801031f90008016'

Implementations disagree on what the standard's tables mean; see PROFILES. Setting a meter's base
value is left out on purpose: a master that cannot do it cannot do it by mistake.
"""

from . import telegram
from .bus import ANSWERED, REFUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Answer

# Steps; a polling only reads.
READ = 0
READ_ADDRESS = 1
OPEN_VALVE = 2
CLOSE_VALVE = 3

# Valve positions in ST; 2 is not assigned.
OPEN = 0
CLOSED = 1
FAULT = 3

# DI as sent for reading (901F), address (810A) and valve (A017); the lowest bit of the valve's
# position in ST's first byte, and its bit that says the battery is low. Sources:
# * 2018, 2004: the driver of ng-gateway for these editions; 2004 also the header CJT-188-2004.h of
#   a meter's own firmware (KingDa NB-IoT water meter);
# * mixed: worked examples of one maker's meters (7833), read at 1F 90 and switched at A0 17;
# * high: header cj188.h of a gateway (sdqr energy node) that masks ST with C0 and 20.
PROFILES = {
    "2018": b"\x1f\x90\x0a\x81\x17\xa0\x00\x04",
    "2004": b"\x90\x1f\x81\x0a\xa0\x17\x00\x04",
    "mixed": b"\x1f\x90\x0a\x81\xa0\x17\x00\x04",
    "high": b"\x1f\x90\x0a\x81\xa0\x17\x06\x20",
}

# Unit codes of volume, each ten times the one before (2004 table 13, 2018 table 20, as ng-gateway
# has them). A total counts hundredths of its unit.
_LITRE = 0x29
_HUNDRED_M3 = 0x2E

_CONTROLS = b"\x01\x03\x04\x04"


class Cjt188:
    """One meter; address "AAAAAAAAAAAAAA" is the only one on the line, whatever its own.

    READ gives (total in ml, valve position, whether the battery is low), the last two None where
    the answer has no status; READ_ADDRESS the address as printed; OPEN_VALVE and CLOSE_VALVE None:
    the motor may turn for long, READ tells where it got to. `meter_type`: 16 cold water, 17 hot,
    18 drinking, 19 reclaimed. ValueError names the setting that is wrong.
    """

    serial = (2400, 0, 1)
    steps = 1

    def __init__(self, address: str, meter_type: int = 0x10, profile: str = "2018") -> None:
        if profile not in PROFILES:
            raise ValueError("profile: no such one: " + profile)
        self._profile = PROFILES[profile]
        self._head = bytes((0x68, meter_type)) + telegram.address(address, 7)
        self._any = address[0] == "A"
        self._number = 0xFF

    def encode(self, step: int) -> bytes:
        """Return the bytes of a new request."""
        self._number = (self._number + 1) & 0xFF
        data = self._identifier(step)
        if step >= OPEN_VALVE:
            data += b"\x55" if step == OPEN_VALVE else b"\x99"
        frame = self._head + bytes((_CONTROLS[step], len(data))) + data
        return b"\xfe\xfe\xfe" + telegram.closed(frame)

    def decode(self, step: int, heard: bytes) -> "Answer | None":
        """Return the answer to the last request, None while `heard` does not hold it."""
        for frame in telegram.frames(heard, 10):
            if self._any or frame.startswith(self._head):
                answer = self._answer(step, frame)
                if answer is not None:
                    return answer
        return None

    def _identifier(self, step: int) -> bytes:
        at = 2 * min(step, OPEN_VALVE)
        return self._profile[at : at + 2] + bytes((self._number,))

    def _answer(self, step: int, frame: bytes) -> "Answer | None":
        data = frame[11:]
        if frame[9] == _CONTROLS[step] | 0xC0 and data[:1] == bytes((self._number,)):
            return REFUSED, int.from_bytes(data[1:3], "little")
        if frame[9] != _CONTROLS[step] | 0x80 or not data.startswith(self._identifier(step)):
            return None
        if step == READ:
            return self._reading(data[3:])
        return ANSWERED, telegram.printed(frame[2:9]) if step == READ_ADDRESS else None

    def _reading(self, data: bytes) -> "Answer":
        total = telegram.number(data[:4])
        if len(data) < 5 or total is None or not _LITRE <= data[4] <= _HUNDRED_M3:
            return REFUSED, None
        total_ml = total * 10 ** (data[4] - _LITRE + 1)
        if len(data) < 18:
            return ANSWERED, (total_ml, None, None)
        valve_bit, battery_bit = self._profile[6:]
        return ANSWERED, (total_ml, data[17] >> valve_bit & 3, bool(data[17] & battery_bit))
