"""The chip: registers shared with the host, a clock, and what happens at the pins.

Nothing runs beside the firmware. Whenever it asks for the time, looks at a pin or waits, the edges
that are due by then happen first, in their order, each at its own time: while an interrupt's
handler runs, the clock says when its edge was.
"""

import sys

import registers
import uctypes
import uselect
import utime

# The words of `registers`, and their bytes.
words = None
memory = None
# What is called at an edge of a pin: (handler, trigger, Pin).
handlers = {}
# The socket over which host and board wake each other.
bell = None

_idle = None
# When the edge was whose handler runs, and the latest time that anybody has been told.
_edge_at = None
_latest = 0
_is_asleep = False


def setup(address, socket, line):
    """Take the address of the memory shared with the host, the socket to it, the serial line."""
    global words, memory, bell, _idle
    everything = (uctypes.ARRAY | 0, registers.END | uctypes.INT64)
    words = uctypes.struct(address, {"words": everything}).words
    memory = uctypes.bytearray_at(address, registers.CALLS * 8)
    bell = socket
    _idle = uselect.poll()
    # The host knows of the line only in virtual time, when the bell is silent.
    _idle.register(line if words[registers.IS_VIRTUAL] else bell, uselect.POLLIN)
    # In virtual time, nothing happens before the host grants some.
    now()


def off(how):
    """Stop the processor here and now: the host ends it, and nothing in the firmware notices."""
    words[registers.ENDED] = how
    bell.write(b"\x00")
    while True:
        _wait_to_be_told()


def now():
    """Return the time in us, when all has happened that is due."""
    global _edge_at, _latest
    if _edge_at is not None:
        # A loop that waits for the time to pass ends even in a handler.
        _edge_at += 1
        return _edge_at
    if words[registers.IS_VIRTUAL]:
        at = words[registers.NOW]
        if at >= words[registers.GRANTED]:
            _ask()
        # As in a handler, a loop that waits ends.
        at += 1
        words[registers.NOW] = at
    else:
        at = utime.ticks_us()
    _happen(at)
    _latest = at
    return at


def level(pin):
    """Return the level of pin number `pin`."""
    pad = words[registers.PAD + pin]
    if pad != registers.FLOATING:
        return pad
    wire = words[registers.WIRE + pin]
    if wire != registers.FLOATING:
        return wire
    return int(words[registers.PULL + pin] == registers.PULL_UP)


def set_pad(pin):
    """Have a pin's pad follow its registers; the host hears of what changes."""
    if words[registers.HOLD + pin]:
        return
    is_out = words[registers.MODE + pin] == registers.OUT
    after = words[registers.LATCH + pin] if is_out else registers.FLOATING
    before = words[registers.PAD + pin]
    words[registers.PAD + pin] = after
    # What nobody drives counts as low.
    if (before ^ after) & 1:
        count = words[registers.CHANGED]
        change = now() << 8 | pin << 2 | after & 1
        words[registers.CHANGES + count % registers.CHANGES_SIZE] = change
        words[registers.CHANGED] = count + 1
        stir()


def stir():
    """Note that the board has done something that the host sees."""
    words[registers.STIRRED] = 1


def stay_lively():
    """Have a board that waits be exact for a while: something has come from outside."""
    at = words[registers.NOW] if words[registers.IS_VIRTUAL] else utime.ticks_us()
    words[registers.LIVELY_UNTIL] = at + registers.LIVELY_US


def wait(until, poller=None):
    """Wait until `until`, None for ever, or until `poller` has something to say.

    It has this chip's bell among what it waits for.
    """
    if words[registers.IS_VIRTUAL]:
        _wait_virtually(until, poller)
        return
    while True:
        at = now()
        if until is not None and at >= until:
            return
        following = _earliest(until) if poller is None else _stride(until, at)
        if _wait_for_bell(following, at, poller):
            return


def sleep(until):
    """Sleep lightly until `until`, None for ever, or until a pin wakes the chip."""
    global _is_asleep
    _is_asleep = True
    try:
        while True:
            at = now()
            if is_awoken() or (until is not None and at >= until):
                return
            following = _earliest(until)
            if words[registers.IS_VIRTUAL]:
                _pass(following)
            else:
                _wait_for_bell(following, at, None)
    finally:
        _is_asleep = False


def is_awoken():
    """Tell whether a pin is at the level that ends a light sleep."""
    for pin in range(registers.PINS):
        if words[registers.EXT1_PINS] >> pin & 1 and level(pin) == words[registers.EXT1_LEVEL]:
            return True
        if words[registers.GPIO_PINS] >> pin & 1 and level(pin) == words[registers.GPIO_LEVEL]:
            return True
    return False


def _wait_for_bell(until, at, poller):
    """Wait for the host or `poller`; return whether the latter has something to say."""
    wait_ms = -1 if until is None else (until - at + 999) // 1000
    for ready, event in (poller or _idle).ipoll(max(wait_ms, -1)):
        if ready is not bell:
            return True
        if event != uselect.POLLIN or not bell.read(1):
            # The host is gone.
            sys.exit()
    return False


def _wait_virtually(until, poller):
    while True:
        if poller is not None:
            for _ in poller.ipoll(0):
                return
        _happen(words[registers.NOW])
        at = words[registers.NOW]
        if until is not None and at >= until:
            return
        if poller is None:
            _pass(_earliest(until))
            continue
        for _ in _idle.ipoll(0):
            stay_lively()
        _pass(_stride(until, at))


def _stride(until, at):
    """Return until when a board waits that wants to look at its things again at `until`."""
    if until is not None and at >= words[registers.LIVELY_UNTIL]:
        until = max(until, at + words[registers.STRIDE])
    return _earliest(until)


def _pass(until):
    """Let virtual time go on until `until`, or less far; None: for as long as the host says."""
    at = words[registers.NOW]
    if words[registers.STIRRED] or at >= words[registers.GRANTED]:
        _ask()
        return
    bite = words[registers.WATCHDOG_AT] if words[registers.WATCHDOG_US] else None
    granted = words[registers.GRANTED]
    following = granted if until is None else min(until, granted)
    if bite is not None and bite <= following:
        words[registers.NOW] = max(bite, at)
        off(registers.WATCHDOG)
    words[registers.NOW] = max(following, at)


def _ask():
    """Tell the host how far time has come, and wait until it grants more."""
    bell.write(b"\x01")
    _wait_to_be_told()


def _wait_to_be_told():
    interrupt = None
    while True:
        try:
            if not bell.read(1):
                sys.exit()
            break
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt


def _earliest(until):
    """Return when something is to happen at a pin, or `until` if that is earlier."""
    edge = _next()
    if edge is None:
        return until
    at = edge >> 8
    return at if until is None else min(at, until)


def _next():
    """Return the edge that comes next, None if none is known."""
    taken = words[registers.TAKEN]
    played = words[registers.PLAYED]
    called = None
    if taken != words[registers.SENT]:
        called = words[registers.CALLS + taken % registers.CALLS_SIZE]
    if played == words[registers.PLANNED]:
        return called
    planned = words[registers.PLAN + played % registers.PLAN_SIZE]
    return planned if called is None else min(called, planned)


def _happen(until):
    """Have everything happen that is due."""
    while (
        words[registers.TAKEN] != words[registers.SENT]
        or words[registers.PLAYED] != words[registers.PLANNED]
    ):
        edge = _next()
        if edge >> 8 > until:
            return
        taken = words[registers.TAKEN]
        is_call = (
            taken != words[registers.SENT]
            and words[registers.CALLS + taken % registers.CALLS_SIZE] == edge
        )
        words[registers.TAKEN if is_call else registers.PLAYED] += 1
        _change(edge >> 2 & 63, edge & 3, edge >> 8)


def _change(pin, wire, at):
    """Connect a pin to something else."""
    global _edge_at
    before = level(pin)
    words[registers.WIRE + pin] = wire
    after = level(pin)
    if before == after:
        return
    stay_lively()
    words[registers.RISEN + pin] += after
    if pin not in handlers or _is_asleep:
        return
    handler, trigger, which = handlers[pin]
    # The bits of `machine.Pin`: 1 for rising, 2 for falling edges.
    if not trigger & (1 if after else 2):
        return
    _edge_at = max(at, _latest)
    try:
        handler(which)
    except Exception as error:
        sys.print_exception(error)
    finally:
        _edge_at = None
