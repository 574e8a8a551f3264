"""A site: one whole device and the hub's end of its link, on a line that a test may cut."""

from linli_firmware.apps.door import Door
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.panic import Panic
from linli_firmware.clock import Clock
from linli_firmware.device import Device
from linli_firmware.store import MemoryStore
from linli_protocol import codes, keys, messages
from linli_protocol.bearer import Bearer
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link
from support import Random

COMMUNITY_KEY = bytes(range(16))  # test key
ADDRESS = 0x01020304
UNIX_S = 1_800_000_000
APPS = {codes.DOOR: Door, codes.METER: Meter, codes.PANIC: Panic}


class Site:
    """One device, the hub's link to it, and a line between them that a test may cut."""

    def __init__(self, kind, config=None):
        self.kind = kind
        self.config = {"device": ADDRESS}
        self.config.update(config or {})
        self.now = 0
        self.random = Random(7)
        self.line_up = True
        self.term = 0
        self.store = MemoryStore()
        self.hub_store = MemoryStore()
        self.outputs = []
        self.received = []
        self.sent = 0
        self.kinds_sent = []
        self.updates = None
        self.wipe = None
        self.start_hub()
        self.power_on()

    def start_hub(self):
        """(Re)start the hub on its store, in the term at hand."""
        association = HubAssociation(
            keys.root_key(COMMUNITY_KEY, ADDRESS),
            ADDRESS,
            self.hub_store,
            self.random.bytes,
            lambda now: (UNIX_S + now // 1000, 0),
            "",
            self.term,
        )
        self.hub = Link(association, [Bearer("line", 240)], self.hub_store, self.random.bytes)

    def power_on(self, cause=codes.POWER_ON, unix_s=None):
        """(Re)start the device on its store, `unix_s` being the time by its own clock."""
        clock = Clock()
        self.app = APPS[self.kind](self.config, self.store, clock)
        identity = {"device": ADDRESS, "device_kind": self.kind, "firmware": 0x000100}
        root = keys.root_key(COMMUNITY_KEY, ADDRESS)
        bearers = [Bearer("line", 240)]
        self.device = Device(
            identity,
            root,
            self.app,
            clock,
            bearers,
            self.store,
            self.random.bytes,
            {"association": {"join_spread_ms": 0}},
            self.updates,
            self.wipe,
        )
        self.device.start(self.now, cause, unix_s)

    def settle(self):
        """Let both ends do what is due now; packets take no time."""
        moving = True
        while moving:
            moving = False
            outputs, packets = self.device.poll(self.now)
            self.outputs += outputs
            for _, data in packets:
                moving = True
                self.sent += 1
                self.kinds_sent.append(data[1])
                if self.line_up:
                    delivery = self.hub.receive(0, data, self.now)
                    if delivery is not None:
                        self.received.append(delivery)
            for _, data in self.hub.poll(self.now):
                moving = True
                if self.line_up:
                    self.device.receive(0, data, self.now)

    def run(self, seconds):
        """Let time pass."""
        end = self.now + seconds * 1000
        self.settle()
        while True:
            deadlines = (self.device.next_deadline(), self.hub.next_deadline())
            known = [deadline for deadline in deadlines if deadline is not None]
            if not known or min(known) > end:
                break
            assert min(known) > self.now, "a deadline that polling does not clear"
            self.now = min(known)
            self.settle()
        self.now = end
        self.settle()

    def heard(self, kind):
        """Return the fields of the messages of `kind` that the hub received."""
        return [delivery.fields for delivery in self.received if delivery.kind == kind]

    def codes(self):
        """Return the codes of the events received."""
        return [fields["code"] for fields in self.heard(messages.EVENT)]
