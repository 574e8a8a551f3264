"""When something happened, of which a device tells."""

from ..projections import Event


def happened_us(event: Event) -> int:
    """Return the device's time of a message in Unix µs.

    It is the log's time where the device had none, or one that was still to come.
    """
    told_us = int(event.body.get("time") or 0) * 1_000_000
    return told_us if 0 < told_us <= event.time_us else event.time_us
