"""Where in a period each device does its periodic work, so that not all do it at once."""

# 2^32 divided by the golden ratio: neighbouring addresses land far apart
# (D. E. Knuth, The Art of Computer Programming, vol. 3, 6.4, multiplicative hashing).
_MULTIPLIER = 2654435761


def spread(device: int, period: int) -> int:
    """Return the offset of `device` in [0, period), in the unit of `period`."""
    return ((device * _MULTIPLIER & 0xFFFFFFFF) * period) >> 32
