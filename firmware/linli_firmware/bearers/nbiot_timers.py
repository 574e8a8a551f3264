"""NB-IoT's power-saving timers as the strings of bits that AT+CPSMS and AT+CEDRXS take.

3GPP TS 24.008: T3412 extended is a GPRS timer 3 (10.5.7.4a), T3324 a GPRS timer 2 (10.5.7.4), the
eDRX cycle one of 10.5.5.32 [units read in modems' manuals, clauses recalled].
"""

# (bits 8 to 6, seconds of one unit), finest first; five bits count units.
_TIMER_3 = ((3, 2), (4, 30), (5, 60), (0, 600), (1, 3_600), (2, 36_000), (6, 1_152_000))
_TIMER_2 = ((0, 2), (1, 60), (2, 360))

# NB-S1 mode: (four bits, hundredths of a second).
_EDRX = (
    (2, 2048),
    (3, 4096),
    (5, 8192),
    (9, 16384),
    (10, 32768),
    (11, 65536),
    (12, 131072),
    (13, 262144),
    (14, 524288),
    (15, 1048576),
)


def _bits(value: int, count: int) -> str:
    return "".join([str(value >> place & 1) for place in range(count - 1, -1, -1)])


def _coded(seconds: int, units: "tuple[tuple[int, int], ...]", name: str) -> str:
    for code, unit_s in units:
        count = -(-seconds // unit_s)
        if 0 <= count < 32:
            return _bits(code << 5 | count, 8)
    raise ValueError("%s: %d s is not in 0 to %d s" % (name, seconds, 31 * units[-1][1]))


def periodic_update(seconds: int) -> str:
    """Return T3412 for the shortest time of at least `seconds` that can be coded."""
    return _coded(seconds, _TIMER_3, "update_s")


def active_time(seconds: int) -> str:
    """Return T3324 for the shortest time of at least `seconds` that can be coded."""
    return _coded(seconds, _TIMER_2, "active_s")


def edrx_cycle(seconds: int) -> str:
    """Return the code of the longest cycle of at most `seconds`: no later heard than asked."""
    best = None
    for code, hundredths in _EDRX:
        if hundredths <= 100 * seconds:
            best = code
    if best is None:
        raise ValueError("edrx_s: %d s is shorter than the shortest cycle, 20.48 s" % seconds)
    return _bits(best, 4)
