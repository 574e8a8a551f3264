"""How a run of an emulated board ends, and why the next one then begins."""

from enum import IntEnum

from linli_protocol import codes

from . import registers


class Ended(IntEnum):
    """How a run of the board ended."""

    ENDED = registers.FINISHED
    CRASHED = registers.CRASHED
    RESET = registers.RESET
    POWER_CUT = registers.POWER_CUT
    WATCHDOG = registers.WATCHDOG
    DEEP_SLEEP = registers.DEEP_SLEEP
    BROWN_OUT = registers.BROWN_OUT

    @classmethod
    def _missing_(cls, value: object) -> "Ended":
        """Killed, or ended by a program's sys.exit(number): a soft reset to a board."""
        return cls.POWER_CUT if isinstance(value, int) and value < 0 else cls.ENDED

    @property
    def cause(self) -> int:
        """The cause of the start that follows, one of linli_protocol.codes."""
        return _CAUSES[self]

    @property
    def comes_back(self) -> bool:
        """Whether a board with power comes back from it by itself."""
        return self in _COMES_BACK


# MicroPython's port has one cause for power-on and brown-out.
_CAUSES = {
    Ended.POWER_CUT: codes.POWER_ON,
    Ended.BROWN_OUT: codes.POWER_ON,
    Ended.RESET: codes.HARD_RESET,
    Ended.CRASHED: codes.HARD_RESET,
    Ended.WATCHDOG: codes.WATCHDOG,
    Ended.DEEP_SLEEP: codes.DEEP_SLEEP,
    Ended.ENDED: codes.SOFT_RESET,
}
_COMES_BACK = (Ended.RESET, Ended.WATCHDOG, Ended.DEEP_SLEEP, Ended.BROWN_OUT)
