"""A board on a desk, in virtual time: tasks, pins, one UART with the hub at its other end."""

import json

from linli_firmware.node.build import Build
from linli_firmware.node.launch import Launch
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.ram_files import RamFiles
from linli_firmware.update.record import Record
from linli_protocol import codes, keys, messages
from linli_protocol.bearer import Bearer
from linli_protocol.framing import FrameDecoder, encode_frame
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link
from pins import InPin, OutPin
from support import Random

COMMUNITY_KEY = bytes(range(16))  # test key
ADDRESS = 0x01020304
ROOT = keys.root_key(COMMUNITY_KEY, ADDRESS)
UNIX_S = 1_800_000_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TICKS = 1 << 30

PINS = {
    "strike": 18,
    "d0": {"number": 16, "pull": "up", "inverted": True},
    "d1": {"number": 17, "pull": "up", "inverted": True},
    "contact": 4,
    "led": 2,
}
CONFIG = {
    "bearers": [{"kind": "uart", "tx": 1, "rx": 3}],
    "pins": PINS,
    "association": {"join_spread_ms": 100},
}
IMAGE = {
    "app": "door",
    "version": 0x000100,
    "built": 1_790_000_000,
    "production": False,
    "vendor_keys": [],
    "bearers": [{"kind": "uart", "tx": 1, "rx": 3}],
    "service_pin": None,
}


def going(keep, part):
    """Yield the waits of a part's task, which begins with its first turn: not all get one."""
    task = keep(part)
    while True:
        yield task.send(None)


class Sleep:
    """What a task awaits: the ms until it goes on."""

    def __init__(self, ms):
        self.ms = ms

    def __iter__(self):
        yield self.ms

    __await__ = __iter__


class Part:
    """A part of a node that does nothing, for tests to say what it does."""

    name = "planted"
    vital = False
    period_ms = 50

    def restart(self, now):
        pass

    def poll(self, now):
        pass

    def next_deadline(self):
        return None


class Retained:
    def __init__(self):
        self.data = b""

    def read(self):
        return self.data

    def write(self, data):
        self.data = bytes(data)


class Uart:
    """The board's end of the line."""

    def __init__(self, line):
        self._line = line

    def any(self):
        return len(self._line.to_board)

    def read(self, count):
        if self._line.broken:
            raise OSError(5)
        data = bytes(self._line.to_board[:count])
        self._line.to_board = self._line.to_board[count:]
        return data or None

    def write(self, data):
        self._line.from_board += data
        return len(data)

    def txdone(self):
        return True

    def deinit(self):
        pass


class Line:
    def __init__(self):
        self.to_board = bytearray()
        self.from_board = bytearray()
        self.broken = False


class Desk:
    """The board, its flash `files` and `configs`, the hub at the other end of its line."""

    def __init__(self, config=CONFIG, image=None, start_ticks=TICKS - 5_000):
        self.now = 0
        self.us = 0
        self.line = Line()
        self.pins = {}
        self.shown = []
        self.errors = []
        self.fed_at = None
        self.rtc = None
        self.cause = codes.POWER_ON
        self.known = (ADDRESS, ROOT)
        self.console_open = False
        self.typed = ""
        self.files = RamFiles()
        self.configs = RamFiles()
        self.record = Record(RamFiles())
        self.is_on_trial = False
        self.hub_is_off = False
        self.mark = 0
        self.floor = 0
        self.retained = Retained()
        self._start_ticks = start_ticks
        self._random = Random(5)
        self._tasks = []
        self.image = dict(IMAGE)
        self.image.update(image or {})
        if config is not None:
            self.configure(config)
        self._start_hub()

    # What a board offers.

    def ticks_ms(self):
        return (self._start_ticks + self.now) % TICKS

    def ticks_diff(self, later, earlier):
        return (later - earlier + TICKS // 2) % TICKS - TICKS // 2

    def sleep_ms(self, ms):
        return Sleep(ms)

    def random(self, count):
        return self._random.bytes(count)

    def pin_in(self, number, pull=None, inverted=False):
        return self.pins.setdefault(number, InPin(self))

    def pin_out(self, number, initial=0, inverted=False):
        pin = self.pins.setdefault(number, OutPin(self))
        pin.value(initial)
        return pin

    def interrupt(self, handler):
        handler(None)

    def uart(self, number, baudrate, tx, rx, **settings):
        return Uart(self.line)

    def unix_s(self):
        return None if self.rtc is None else self.rtc + self.now // 1000

    def set_unix_s(self, unix_s):
        self.rtc = unix_s - self.now // 1000

    def set_not_before(self, unix_s):
        self.floor = unix_s

    def join_mark(self):
        return self.mark

    def set_join_mark(self, number):
        self.mark = number

    def heap_free(self):
        return 40_000

    def flash_free(self):
        return 900_000

    def reset_cause(self):
        return self.cause

    def identity(self):
        return self.known

    def feed(self):
        self.fed_at = self.now

    def read_key(self):
        key, self.typed = self.typed[:1], self.typed[1:]
        return key

    def open_console(self):
        self.console_open = True

    def show(self, line):
        self.shown.append(line)

    def show_error(self, part, error):
        self.errors.append((part, error))

    # What a test does with it.

    def configure(self, config):
        text = config if isinstance(config, bytes) else json.dumps(config).encode()
        self.configs.replace("config.json", [text])

    def power_on(self, cause=codes.POWER_ON):
        """Start the node as node.main does, on what the flash holds."""
        self.cause = cause
        build = Build(json.dumps(self.image).encode())
        launch = Launch(self, build, self.configs, self.record, self.is_on_trial, self)
        self.starter = launch.starter
        self.node = launch.node(ADDRESS, ROOT, lambda: FlashStore(self.files, self.retained))
        self.store = self.node.store
        for _, task in self._tasks:
            task.close()
        self._tasks = []
        for part in self.node.parts:
            self._keep(part)
        return self.node

    def add_part(self, part):
        """Have one more part in the node, until it is started again."""
        self.node.parts.append(part)
        self._keep(part)

    def _keep(self, part):
        self._tasks.append([self.now, going(self.node.supervisor.keep, part)])

    def command(self, operation, number=1, good_for_s=60):
        """Let the hub send a command."""
        expires = UNIX_S + self.now // 1000 + good_for_s
        fields = {"id": number, "expires": expires, "operation": operation}
        self.hub.send(messages.COMMAND, fields, self.now)

    def idle(self, ms):
        """Let `ms` pass in which nobody does anything: each part is polled once a second."""
        periods = [part.period_ms for part in self.node.parts]
        for part in self.node.parts:
            part.period_ms = 1_000
        self.run(ms)
        for part, period_ms in zip(self.node.parts, periods):
            part.period_ms = period_ms
        for task in self._tasks:
            task[0] = self.now

    def run(self, ms):
        """Let `ms` pass."""
        end = self.now + ms
        while True:
            if not self.hub_is_off:
                self._serve_hub()
            for task in self._tasks:
                while task[0] <= self.now:
                    task[0] = self.now + max(task[1].send(None), 1)
            following = min([task[0] for task in self._tasks])
            due = None if self.hub_is_off else self.hub.next_deadline()
            if due is not None:
                following = min(following, max(due, self.now + 1))
            if following > end:
                break
            self.now = following
        self.now = end

    # The hub.

    def _start_hub(self):
        store = FlashStore(RamFiles())
        association = HubAssociation(
            ROOT, ADDRESS, store, self._random.bytes, lambda now: (UNIX_S + now // 1000, 480)
        )
        self.hub = Link(association, [Bearer("line", 240)], store, self._random.bytes)
        self.hub.start(0)
        self._decoder = FrameDecoder()
        self.delivered = []

    def _serve_hub(self):
        data, self.line.from_board = bytes(self.line.from_board), bytearray()
        for packet in self._decoder.feed(data):
            delivery = self.hub.receive(0, packet, self.now)
            if delivery is not None:
                self.delivered.append((delivery.kind, delivery.fields))
        for _, packet in self.hub.poll(self.now):
            self.line.to_board += encode_frame(packet)

    def events(self):
        """Return the codes of the events that the hub has, in order of arrival."""
        return [fields["code"] for kind, fields in self.delivered if kind == messages.EVENT]

    def heard(self, kind):
        """Return the fields of the messages of a kind that the hub has."""
        return [fields for each, fields in self.delivered if each == kind]
