"""The numbers that "led" and "buzzer" outputs take, and what each looks and sounds like.

A pattern is (on_ms, off_ms, times). With times 0 it goes on until the next pattern; one that ends
leaves the output off. Colour and pitch are the board's. Every key sounds the same (IEC 60839-11-1,
Tables 4 and 7).
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
