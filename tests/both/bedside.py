"""A battery device and a LoRa gateway, in virtual time: it sleeps, and things happen meanwhile.

`at` scripts what will happen: levels of pins, and calls. Time passes only as the device waits: what
its processor does takes none, except for BOOT_MS after a deep sleep.
"""

import sys

from desk import ADDRESS, ROOT, UNIX_S, Desk
from fake_lora import Air, Clock, FakeModem
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from linli_protocol.bearer import Bearer
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link
from pins import Adc, InPin, OutPin
from support import Random

BOOT_MS = 1_500
WINDOW_US = 1_000_000

BUTTON = {"button": 4, "magnet": 5, "led": 6, "buzzer": 7, "battery_adc": None}
BUTTON["battery_adc"] = {"number": 34, "ratio": [2, 1]}
METER = {"pulse": 4, "tamper": 5, "battery_adc": BUTTON["battery_adc"]}
COUNTED = {"counter": {"sda": 21, "scl": 22}, "tamper": 5}
VALVE = {"valve_open": 13, "valve_close": 14, "end_open": 15, "end_closed": 16}
VALVE.update(METER)

RADIO = {"kind": "lora", "sck": 1, "mosi": 2, "miso": 3, "cs": 8, "reset": 9, "irq": 10, "busy": 11}
RADIO["spreading_factor"] = 7


# Where restarts cost next to nothing, every gap of 13 s and more would be slept deeply.
CHEAP = {"restart_uc": 1_000}


class Asleep(BaseException):
    """The chip is off: nothing of the firmware goes on."""


class Waker(InPin):
    """An input that reads active once when it has ended a deep sleep."""

    has_woken = False

    def value(self):
        if self.has_woken:
            self.has_woken = False
            return 1
        return super().value()

    def set(self, level):
        """Change unnoticed."""
        self._level = level


class Gateway(Air):
    """The air, and behind it the hub: what it has for the device goes out in the window."""

    def __init__(self, hub):
        super().__init__()
        self.hub = hub
        self.deaf = False
        self.uplinks = []

    def uplink(self, frame):
        self.uplinks.append((frame.end_us // 1000, frame.payload[1]))
        if self.deaf:
            return
        self.answers = [(WINDOW_US, packet) for packet in self.hub(frame)]
        super().uplink(frame)
        del self.downlinks[:-4]
        del self.sent[:]


class Chip:
    """A PCF8583: counts beside the processor."""

    def __init__(self):
        self.count = 0
        self.control = 0

    def readfrom_mem(self, address, register, length):
        if register == 0:
            return bytes((self.control,))
        text = "%06d" % (self.count % 1_000_000)
        return bytes([int(text[at : at + 2], 16) for at in (4, 2, 0)])

    def writeto_mem(self, address, register, data):
        self.control = data[0]


class Bedside(Desk):
    """A desk whose board sleeps; `awake_ms`, `light_ms` and `deep_ms` say how long it did what.

    While it is awake no part is polled more often than every `poll_ms`.
    """

    def __init__(self, app, pins, power=None, poll_ms=1, **config):
        self.poll_ms = poll_ms
        self.air_clock = Clock()
        self.awake_ms = self.light_ms = self.deep_ms = 0
        self.sleeps = []  # light ones, (from, to)
        self.wakers = []
        self.chip = Chip()
        self.battery = Adc(1_500)
        self.script = []
        # What the centre makes of an alarm at once.
        self.verdict = codes.CLOSED
        self.starts = 0
        self._end = 0
        self._off_until = None
        merged = {
            "bearers": [RADIO],
            "pins": pins,
            "power": power or {},
            "association": {"join_spread_ms": 100},
        }
        merged.update(config)
        super().__init__(merged, {"app": app})
        self.gateway = Gateway(self._at_hub)
        sys.modules["lora"] = self

    # The driver's package.

    def SX1262(self, lora_cfg, **wiring):
        return FakeModem(self.air_clock, self.gateway, lora_cfg, [False])

    # What a board that sleeps offers.

    @property
    def now(self):
        return self.air_clock.us // 1000

    @now.setter
    def now(self, ms):
        self.air_clock.advance(ms * 1000 - self.air_clock.us)

    def spi(self, number, baudrate, sck, mosi, miso):
        return None

    def pin(self, number):
        return number

    def adc(self, number):
        return self.battery

    def i2c(self, number, sda, scl):
        return self.chip

    def sleeping(self):
        self.wakers = []
        return self

    def pin_in(self, number, pull=None, inverted=False):
        return self.pins.setdefault(number, Waker(self))

    def pin_out(self, number, initial=0, inverted=False):
        return self.pins.setdefault(number, OutPin(self))

    def ends_deep_sleep(self, number):
        return True

    def can_wake(self):
        return not [number for number in self.wakers if self.pins[number]._level]

    def light_sleep(self, ms):
        # The end of a run ends a sleep as well, as any disturbance might.
        before = self.now
        changed = self._sleep(min(before + ms, self._end), self._woken_lightly)
        self.light_ms += self.now - before
        self.sleeps.append((before, self.now))
        return bool(changed) or self.now >= self._end

    def deep_sleep(self, ms):
        raise Asleep(ms)

    # What a test does with it.

    def at(self, ms, what, level=0):
        """Let pin `what` be at `level` at `ms` since the beginning; or call `what`."""
        # In order of time and then of the script; most is scripted in order.
        place = len(self.script)
        while place and self.script[place - 1][0] > ms:
            place -= 1
        self.script.insert(place, (ms, what, level))

    def press(self, ms, number=4, for_ms=300):
        """Let an input be active for a while."""
        self.at(ms, number, 1)
        self.at(ms + for_ms, number, 0)

    def run(self, ms):
        """Let `ms` pass."""
        self._end = self.now + ms
        while self.now < self._end:
            if self._off_until is not None:
                self._be_off()
                continue
            if self.node.reason_to_end:
                self.power_on(codes.HARD_RESET)
            self._move()
            try:
                for task in sorted(self._tasks, key=lambda each: each[0]):
                    if task[0] <= self.now:
                        wait_ms = max(task[1].send(None), 1)
                        task[0] = self.now + wait_ms
            except Asleep as asleep:
                self._off_until = self.now + asleep.args[0]
                continue
            following = min([task[0] for task in self._tasks])
            if self.script:
                following = min(following, self.script[0][0])
            following = max(following, self.now)
            self.awake_ms += following - self.now
            self.now = following

    def share_awake(self):
        """Return which part of all the time the processor was on."""
        return self.awake_ms / (self.awake_ms + self.light_ms + self.deep_ms)

    def beats(self, kind):
        """Return when (ms) uplinks of a kind were on the air."""
        return [ms for ms, each in self.gateway.uplinks if each == kind]

    def joins(self):
        """Return how many join requests have gone out."""
        return len(self.beats(messages.JOIN_REQUEST))

    def _be_off(self):
        before = self.now
        woken = self._sleep(min(self._off_until, self._end), self._woken_deeply)
        self.deep_ms += self.now - before
        if woken is None and self.now < self._off_until:
            return
        self.awake_ms += BOOT_MS
        self._sleep(self.now + BOOT_MS, lambda number, level: False)
        if woken is not None:
            self.pins[woken].has_woken = True
        self.power_on(codes.DEEP_SLEEP)

    def _woken_lightly(self, number, level):
        if number not in self.wakers:
            return False
        self.pins[number].move(level)
        return True

    def _woken_deeply(self, number, level):
        return bool(level) and number in self.wakers

    def _sleep(self, end, is_woken):
        """Let time pass up to `end`, or until `is_woken(pin, level)`; return the pin then."""
        while self.script and self.script[0][0] <= end:
            ms, what, level = self.script.pop(0)
            self.now = max(ms, self.now)
            if callable(what):
                what()
                continue
            pin = self.pins[what]
            changes = pin._level != level
            woken = changes and is_woken(what, level)
            pin.set(level)
            if woken:
                return what
        self.now = end
        return None

    def _move(self):
        while self.script and self.script[0][0] <= self.now:
            _, what, level = self.script.pop(0)
            if callable(what):
                what()
            else:
                self.pins[what].move(level)

    def power_on(self, cause=codes.POWER_ON):
        self.starts += 1
        self._off_until = None
        node = super().power_on(cause)
        for part in node.parts:
            part.period_ms = max(part.period_ms, self.poll_ms)
        return node

    # The hub.

    def _start_hub(self):
        store = MemoryStore()
        association = HubAssociation(
            ROOT, ADDRESS, store, Random(9).bytes, lambda now: (UNIX_S + now // 1000, 480)
        )
        bearer = Bearer("lora", 51, 10_000, 2, contact_ms=2_000)
        self.hub = Link(association, [bearer], store, Random(8).bytes)
        self.hub.start(0)
        self.delivered = []

    def _at_hub(self, frame):
        """Return what the hub answers a frame."""
        at = frame.end_us // 1000
        delivery = self.hub.receive(0, frame.payload, at)
        if delivery is not None:
            self.delivered.append((delivery.kind, delivery.fields))
            if delivery.kind == messages.ALARM and self.verdict is not None:
                status = {"incident": delivery.fields["incident"], "state": self.verdict}
                self.hub.send(messages.ALARM_STATUS, status, at)
        return [packet for _, packet in self.hub.poll(at)][:1]

    def _serve_hub(self):
        pass


def button(**options):
    """Return a panic button that has joined."""
    bed = Bedside("panic", BUTTON, **options)
    bed.power_on()
    bed.run(10_000)
    return bed


def steps(times):
    """Return how far times are apart."""
    return [times[place + 1] - times[place] for place in range(len(times) - 1)]
