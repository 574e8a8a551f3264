"""A device's link and the hub's, joined by channels that a test may make lose, repeat or damage."""

from linli_protocol import keys, messages
from linli_protocol.bearer import Bearer
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link
from stores import Store
from support import Random

COMMUNITY_KEY = bytes(range(16))  # test key
DEVICE = 0x01020304
UNIX_S = 1_800_000_000
HELLO = {"device_kind": 2, "firmware": 1, "boots": 1, "reset_cause": 1}


class Pair:
    """`device` and `hub` links over `names`d bearers; time moves by `run`.

    `fault(bearer, direction, packet)` returns the packets that arrive instead of one sent.
    """

    def __init__(self, names=("wire",), mtu=64, seed=1, config=None, bearers=Bearer):
        self.now = 0
        self.random = Random(seed)
        self.device_store = Store()
        self.hub_store = Store()
        self.config = config
        self.names = names
        self.mtu = mtu
        self.make_bearer = bearers
        self.fault = lambda bearer, direction, packet: [packet]
        self.received = {"up": [], "down": []}
        self.outcomes = {"up": {}, "down": {}}
        self.times = []
        self.air = []
        self.departures = []
        self.polls = 0
        self.delay = 10
        self._moving = []
        self.start_device()
        self.start_hub()

    def start_device(self):
        """(Re)start the device on its store."""
        association = DeviceAssociation(
            keys.root_key(COMMUNITY_KEY, DEVICE),
            DEVICE,
            2,
            self.device_store,
            self.random.bytes,
            lambda unix_s, offset, now: self.times.append(unix_s),
            {"join_spread_ms": 0},
        )
        bearers = [self.make_bearer(name, self.mtu) for name in self.names]
        self.device = Link(
            association, bearers, self.device_store, self.random.bytes, "", self.config
        )
        self.device.start(self.now)

    def start_hub(self):
        """(Re)start the hub on its store."""
        association = HubAssociation(
            keys.root_key(COMMUNITY_KEY, DEVICE),
            DEVICE,
            self.hub_store,
            self.random.bytes,
            lambda now: (UNIX_S + now // 1000, 480),
        )
        bearers = [self.make_bearer(name, self.mtu) for name in self.names]
        self.hub = Link(
            association, bearers, self.hub_store, self.random.bytes, "hub/", self.config
        )

    def pump(self):
        """Do everything due now."""
        for direction, link in (("up", self.device), ("down", self.hub)):
            self.polls += 1
            for bearer, packet in link.poll(self.now):
                self.air.append((direction, bearer, packet))
                self.departures.append((self.polls, packet))
                for arriving in self.fault(bearer, direction, packet):
                    self._moving.append((self.now + self.delay, direction, bearer, arriving))
            for outcome in link.take_outcomes():
                outcomes = self.outcomes[direction]
                assert outcome.token not in outcomes, "a second outcome"
                outcomes[outcome.token] = outcome.delivered

    def next_time(self):
        """Return when something happens next, None when never."""
        times = [moving[0] for moving in self._moving]
        for link in (self.device, self.hub):
            if link.next_deadline() is not None:
                times.append(link.next_deadline())
        return min(times) if times else None

    def run(self, duration=None, until=None):
        """Let time pass: `duration` ms, or until `until()` holds (an hour at most)."""
        end = self.now + (3_600_000 if duration is None else duration)
        self.pump()
        while not (until and until()):
            time = self.next_time()
            if time is None or time > end:
                break
            assert time >= self.now, "a deadline in the past that polling does not clear"
            self.now = time
            arrived = [moving for moving in self._moving if moving[0] <= time]
            self._moving = [moving for moving in self._moving if moving[0] > time]
            for _, direction, bearer, packet in arrived:
                link = self.hub if direction == "up" else self.device
                joins = len(self.times)
                delivery = link.receive(bearer, packet, time)
                if len(self.times) > joins:
                    link.send(messages.HELLO, HELLO, time)
                if delivery is not None and delivery.kind != messages.HELLO:
                    self.received[direction].append(delivery)
                self.pump()
            self.pump()
        if duration is not None:
            self.now = max(self.now, end)

    def join(self):
        """Run until both ends use a session, and nothing is on its way."""
        self.run(until=lambda: self.hub.association.current is not None)
        self.run(1_000)
        return self
