"""How likely an advertising event is heard: alone on its channels, while somebody listens.

An event is an advertisement on each of the channels 37, 38 and 39; the next begins an interval and
a random delay later. Devices with equal packets and spacing that collide do so on all three
channels, so that three channels help no more than one. Source: Bluetooth Core Specification 5.x,
vol. 6 part B, 4.4.2.2 and 4.4.3, recalled; the formulas follow from it.
"""

DELAY_MS = 10
"""advDelay is drawn from 0 to this, anew for each event."""
CHANNELS = 3
SPACING_US = 500
"""From one advertisement of an event to the next: its airtime and the wait for an answer; 10 ms at
most (4.4.2.3). Our own figure."""


def period_us(interval_ms: float) -> float:
    """Return the mean time from one event of a device to its next."""
    return 1000 * (interval_ms + DELAY_MS / 2)


def clear_probability(others: int, interval_ms: float, before_us: int, after_us: int) -> float:
    """Return the chance that none of `others` begins an event near the start of ours.

    That is within `before_us` before it and `after_us` after it. The devices are not synchronised
    and have the same interval, longer than the two together: at most one event of each falls there.
    """
    return (1 - (before_us + after_us) / period_us(interval_ms)) ** others


def heard_probability(window_us: int, interval_us: int, packet_us: int) -> float:
    """Return the chance that a scanner receives one of an event's three packets whole.

    It listens for `window_us` at the beginning of each `interval_us`, on one channel after another.
    An event begins at any time: each channel hears starts from a stretch of window less packet, and
    stretches of neighbouring channels overlap when hardly anything lies between their windows.
    """
    stretch_us = max(window_us - packet_us, 0)
    overlap_us = max(stretch_us - (interval_us - SPACING_US), 0)
    return (CHANNELS * stretch_us - (CHANNELS - 1) * overlap_us) / (CHANNELS * interval_us)


def discovery_ms(heard: float, interval_ms: float) -> float:
    """Return the mean time from a device's first event to the first that is heard.

    `heard` is the chance of each, independent of the one before; where a scanner rests, events are
    so only as far as the random delay moves them from window to window.
    """
    return (1 / heard - 1) * period_us(interval_ms) / 1000
