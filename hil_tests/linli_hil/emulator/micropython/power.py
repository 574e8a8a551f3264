"""How the emulated board's power goes off; the codes are the process's exit codes."""

ENDED = 0
CRASHED = 1
RESET = 64
POWER_CUT = 65
WATCHDOG = 66
DEEP_SLEEP = 67


class Off(SystemExit):
    """The processor stops here, whatever the firmware would like to catch."""
