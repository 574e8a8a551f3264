"""The numbers that "led" and "buzzer" outputs take, and what each looks and sounds like.

A pattern is a colour or pitch-free row (on_ms, off_ms, times); times 0 repeats until the next
pattern, and a pattern that ends leaves the output off. IEC 60839-11-1, Table 4, asks for the same
beep for every key.
"""

OFF = 0
KEY = 1
GRANTED = 2
DENIED = 3
WAITING = 4
HELD_OPEN = 5
EMERGENCY = 6
SENDING = 7
RECEIVED = 8
HELP_COMING = 9
TESTING = 10

PATTERNS = {
    OFF: (0, 0, 0),
    KEY: (60, 0, 1),
    GRANTED: (800, 0, 1),
    DENIED: (120, 120, 3),
    WAITING: (100, 400, 0),
    HELD_OPEN: (500, 500, 0),
    EMERGENCY: (1000, 0, 0),
    SENDING: (150, 150, 0),
    RECEIVED: (300, 1700, 0),
    HELP_COMING: (1000, 0, 0),
    TESTING: (60, 60, 5),
}
