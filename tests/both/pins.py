"""A bench for drivers in virtual time: pins with scripted edges, chips with scripted answers."""

# As many interrupts wait as the esp32 port queues; what does not fit is dropped there too.
QUEUE = 8


class Bench:
    """Moves the pins at their times and polls the drivers, only when they ask for it.

    `start_ms` lets the wrapping ticks begin anywhere, as they do on a board.
    """

    def __init__(self, start_ms=5_000):
        self.us = 0
        self.drivers = []
        self._start_ms = start_ms
        self._edges = []
        self._masked = None

    @property
    def now(self):
        """Return the monotonic ms."""
        return self.us // 1000

    def ticks_ms(self):
        """Return what time.ticks_ms does on a 32-bit board."""
        return (self._start_ms + self.us // 1000) & 0x3FFFFFFF

    def at(self, ms, pin, level):
        """Let `pin` be at `level` from `ms` (from now, may have fractions) on."""
        at_us = self.us + int(ms * 1000)
        # In order of time and then of the script; most edges are scripted in order.
        place = len(self._edges)
        while place and self._edges[place - 1][0] > at_us:
            place -= 1
        self._edges.insert(place, (at_us, pin, level))

    def pulse(self, ms, pin, width_ms):
        """Let `pin` be active for `width_ms` from `ms` on."""
        self.at(ms, pin, 1)
        self.at(ms + width_ms, pin, 0)

    def mask(self):
        """Let interrupts wait in the queue, as during a collection of the heap."""
        self._masked = []

    def unmask(self):
        """Run the interrupts that have waited."""
        waiting = self._masked
        self._masked = None
        for handler in waiting:
            handler(None)

    def interrupt(self, handler):
        """Call `handler` now, or when interrupts are let through again."""
        if self._masked is None:
            # A board hands over its own pin, or nothing that a driver could use.
            handler(None)
        elif len(self._masked) < QUEUE:
            self._masked.append(handler)

    def run(self, ms):
        """Let `ms` pass; every driver is polled at its deadlines and no more often."""
        end = self.us + int(ms * 1000)
        while True:
            self._poll()
            after = self._next_edge(end)
            for driver in self.drivers:
                deadline = driver.next_deadline()
                if deadline is not None and deadline * 1000 < after:
                    after = deadline * 1000
            if after > end:
                break
            self.us = max(self.us, after)
            self._move()
        self.us = end
        self._move()

    def stall(self, ms):
        """Let `ms` pass in which nothing is polled; interrupts come through."""
        end = self.us + int(ms * 1000)
        while self._next_edge(end) <= end:
            self.us = self._next_edge(end)
            self._move()
        self.us = end

    def _poll(self):
        for driver in self.drivers:
            tries = 0
            while True:
                deadline = driver.next_deadline()
                if deadline is None or deadline > self.now:
                    break
                assert tries < 3, "a deadline that polling does not move"
                tries += 1
                driver.poll(self.now)

    def _next_edge(self, end):
        return self._edges[0][0] if self._edges else end + 1

    def _move(self):
        while self._next_edge(self.us) <= self.us:
            _, pin, level = self._edges.pop(0)
            pin.move(level)


class InPin:
    """An input; `move(level)` is an edge when the level changes."""

    def __init__(self, bench, level=0):
        self._bench = bench
        self._level = level
        self._handler = None
        self._rising_only = False

    def value(self):
        return self._level

    def irq(self, handler, rising_only=False):
        self._handler = handler
        self._rising_only = rising_only

    def move(self, level):
        if level == self._level:
            return
        self._level = level
        if self._handler is not None and (level or not self._rising_only):
            self._bench.interrupt(self._handler)


class OutPin:
    """An output that remembers when it was switched: `changes` is a list of (ms, level)."""

    def __init__(self, bench):
        self.level = 0
        self.changes = []
        self._bench = bench

    def value(self, level):
        if level != self.level:
            self.changes.append((self._bench.now, level))
        self.level = level


class Adc:
    """An analogue input at `mv`, or giving the `script` of readings first."""

    def __init__(self, mv=0):
        self.mv = mv
        self.script = []

    def read_mv(self):
        return self.script.pop(0) if self.script else self.mv


class HardwareCounter:
    """A counter register that wraps: `low` to `high`, where `high` + 1 is `low` again."""

    def __init__(self, low, high):
        self._low = low
        self._size = high - low + 1
        self._value = 0

    def value(self):
        return self._value

    def count(self, pulses):
        self._value = (self._value + pulses - self._low) % self._size + self._low


class Reports:
    """Collects what drivers report: `call("name")` is a callback, `list` holds (name, values)."""

    def __init__(self):
        self.list = []
        self.times = []

    def call(self, name):
        def report(*values):
            self.list.append((name,) + values[:-1])
            self.times.append(values[-1])

        return report

    def take(self):
        """Return the reports since the last call."""
        taken = self.list
        self.list = []
        self.times = []
        return taken
