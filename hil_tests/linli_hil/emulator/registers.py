"""The memory that an emulated chip shares with the host: which 64-bit word is what.

The modules of micropython/ are compiled with these values put in: a name of a module would take
from the board's heap. Times are in microseconds of the board's clock.
"""

# The clock. Virtual time goes on to GRANTED at most, then the board waits for the host.
IS_VIRTUAL = 0
NOW = 1
GRANTED = 2
# 1 when the line or an output has changed since the host granted time.
STIRRED = 3
# What a board that only looks again and again may oversleep, and until when it may not.
STRIDE = 20
LIVELY_UNTIL = 21
LIVELY_US = 1_000_000
# How often chance has been drawn upon in virtual time.
DRAWN = 22
# What the real-time clock is ahead of the board's clock.
RTC_AHEAD = 4

# The watchdog: its timeout, 0 while it is not running, and when it bites.
WATCHDOG_US = 5
WATCHDOG_AT = 6

# Sleep: until when, 0 for no end; which pins end it, as bits, and at which level.
WAKE_AT = 7
EXT1_PINS = 8
EXT1_LEVEL = 9
GPIO_PINS = 10
GPIO_LEVEL = 11
# The pins that have ended the deep sleep before this start.
WOKEN = 12

# Why the board has started, and how it ended.
CAUSE = 13
ENDED = 14
# 1 when the board has been put together: from then on ctrl-C is MicroPython's to listen to, or not.
LISTENS = 23

# How many edges the host has put into a ring, and how many the board has taken out.
SENT = 15
TAKEN = 16
PLANNED = 17
PLAYED = 18
# How many changes of outputs the board has put into its ring.
CHANGED = 19

# Words of a pin each, from these on.
PINS = 64
# What is connected to the pin: LOW, HIGH or FLOATING.
WIRE = 64
MODE = 128
PULL = 192
# The level the firmware has set, whether the pad holds what it had, what the pad drives.
LATCH = 256
HOLD = 320
PAD = 384
# Rising edges that the board has seen, and those that the host has added.
RISEN = 448
COUNTED = 512
MILLIVOLTS = 576

# The RTC's memory: its length, and where its bytes begin.
RTC_LENGTH = 640
RTC_MEMORY = 641
RTC_BYTES = 2048

# Rings of edges: those that happen when the host says so, those that it has planned, and those of
# the outputs. An edge is one word: time << 8 | pin << 2 | level.
CALLS = 1024
CALLS_SIZE = 1024
PLAN = 2048
PLAN_SIZE = 1 << 20
CHANGES = PLAN + PLAN_SIZE
CHANGES_SIZE = 1 << 20
END = CHANGES + CHANGES_SIZE

LOW = 0
HIGH = 1
FLOATING = 2

# Values of MODE and PULL, those of `machine.Pin`.
IN = 1
OUT = 3
PULL_DOWN = 1
PULL_UP = 2

# Values of ENDED, and exit codes of the process.
FINISHED = 0
CRASHED = 1
RESET = 64
POWER_CUT = 65
WATCHDOG = 66
DEEP_SLEEP = 67
BROWN_OUT = 68
