"""What a jig does: it drives pins, plays edges at their times, gives pulses and voltages, watches.

Times are µs since the jig has started.
"""

import gc
import time

from machine import Pin

VERSION = "1"
# Changes that wait to be told; one more, and the host finds a number missing.
_WAITING = 256
_SUPPLY_MV = 3300


class Jig:
    """The requests by their names; pins are numbers of this board."""

    def __init__(self):
        self._pins = {}
        self._watched = {}
        self._changes = []
        self._lost = 0
        self._last = time.ticks_us()
        self._now_us = 0

    def obey(self, words):
        """Do what a request's words say, and return the words of the answer."""
        request = getattr(self, "do_" + words[0], None)
        if request is None:
            raise ValueError("no such request: " + words[0])
        return request(*words[1:])

    def changes(self):
        """Return what has changed at watched pins, as texts "TIME PIN LEVEL", each once."""
        self._extend(time.ticks_us())
        changes, self._changes = self._changes, []
        told = ["%d %d %d" % (self._extend(at), pin, level) for at, pin, level in changes]
        if self._lost:
            told.append("lost %d" % self._lost)
            self._lost = 0
        return told

    def do_hello(self):
        """Answer "linli-jig", the version, and the time."""
        return "linli-jig %s %d" % (VERSION, self._extend(time.ticks_us()))

    def do_reset(self):
        """Let go of all pins and watch none."""
        for number in list(self._pins):
            self.do_release(number)
        for pin in self._watched.values():
            pin.irq(None)
        self._watched = {}
        self._changes = []
        return ""

    def do_drive(self, number, level):
        """Hold a pin at a level."""
        self._output(int(number), int(level)).value(int(level))
        return ""

    def do_release(self, number):
        """Let a pin float."""
        self._pins.pop(int(number), None)
        Pin(int(number), Pin.IN)
        return ""

    def do_level(self, number):
        """Answer a pin's level; one that is neither driven nor watched becomes an input."""
        number = int(number)
        pin = self._pins.get(number) or self._watched.get(number) or Pin(number, Pin.IN)
        return str(pin.value())

    def do_watch(self, number):
        """Tell of a pin's changes from now on; answer its level."""
        number = int(number)
        pin = self._watched[number] = Pin(number, Pin.IN)

        def changed(pin):
            if len(self._changes) < _WAITING:
                self._changes.append((time.ticks_us(), number, pin.value()))
            else:
                self._lost += 1

        pin.irq(changed, Pin.IRQ_RISING | Pin.IRQ_FALLING)
        return str(pin.value())

    def do_play(self, *edges):
        """Play edges WAIT:PIN:LEVEL, each so many µs after the one before; answer the last's time.

        One that comes late puts off those behind it: a pulse is never too short. A pin that is not
        driven yet is driven the other way first.
        """
        row = []
        for edge in edges:
            wait_us, number, level = [int(each) for each in edge.split(":")]
            row.append((wait_us, self._output(number, 1 - level), level))
        # None is due while the edges are played: it would take longer than a pulse.
        gc.collect()
        at = time.ticks_us()
        for wait_us, pin, level in row:
            while time.ticks_diff(time.ticks_us(), at) < wait_us:
                pass
            pin.value(level)
            at = time.ticks_us()
        return str(self._extend(at))

    def do_pulse(self, number, count, half_us, level="1"):
        """Give a pin pulses to `level`, as long as the pauses between them."""
        level = int(level)
        half_us = int(half_us)
        pin = self._output(int(number), 1 - level)
        for _ in range(int(count)):
            for each in (level, 1 - level):
                pin.value(each)
                at = time.ticks_us()
                while time.ticks_diff(time.ticks_us(), at) < half_us:
                    pass
        return ""

    def do_voltage(self, number, mv):
        """Put a voltage on a pin: of a DAC, else of a PWM that a filter has to smooth."""
        import machine

        mv = min(int(mv), _SUPPLY_MV)
        try:
            machine.DAC(Pin(int(number))).write(mv * 255 // _SUPPLY_MV)
        except (AttributeError, ValueError):
            if not hasattr(machine, "PWM"):
                raise ValueError("this board has neither DAC nor PWM")
            machine.PWM(Pin(int(number)), freq=20000, duty_u16=mv * 65535 // _SUPPLY_MV)
        return ""

    def _output(self, number, initial):
        """Return a pin as an output, at `initial` if it was none so far."""
        if number not in self._pins:
            self._pins[number] = Pin(number, Pin.OUT, value=initial)
        return self._pins[number]

    def _extend(self, ticks):
        """Return the µs since the start at a reading of the counter, which wraps."""
        ahead = time.ticks_diff(ticks, self._last)
        if ahead > 0:
            self._last = ticks
            self._now_us += ahead
            return self._now_us
        return self._now_us + ahead
