"""What people do at the door of a desk."""

from desk import CONFIG, PINS
from doors import frame

STRIKE = PINS["strike"]
BUTTON = 5
EXIT = dict(CONFIG, pins=dict(PINS, exit_button=BUTTON))


def show_card(desk, person):
    """Let the reader send the pulses of a card's 34 bits, 2 ms apart."""
    number = frame(person)
    for place in range(33, -1, -1):
        pin = desk.pins[17 if number >> place & 1 else 16]
        pin.move(1)
        pin.move(0)
        desk.run(2)


def press_exit(desk):
    """Press the exit button for a moment; return whether that releases the strike in time."""
    desk.pins[BUTTON].move(1)
    desk.run(200)
    desk.pins[BUTTON].move(0)
    desk.run(400)
    is_released = desk.pins[STRIKE].level
    desk.run(6_000)
    assert desk.pins[STRIKE].level == 0
    return is_released
