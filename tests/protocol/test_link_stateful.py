"""Two link endpoints over a channel that loses, repeats, reorders and damages packets."""

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from linli_protocol import catalogue, messages
from pair import Pair

UP = (messages.ALARM, messages.RESULT, messages.EVENT, messages.READING, messages.LOG_CHUNK)
DOWN = (messages.ALARM_STATUS, messages.COMMAND, messages.ACCESS_LIST)


def fields_of(kind, number, size):
    filler = bytes((number & 0xFF,)) * size
    return {
        messages.ALARM: {"incident": number, "time": 1, "cause": 1},
        messages.RESULT: {"id": number, "status": 0},
        messages.EVENT: {"sequence": number, "time": 1, "code": 1},
        messages.READING: {"time": number, "volume_l": 1, "flags": 0},
        messages.LOG_CHUNK: {"log": 1, "first": number, "records": filler},
        messages.ALARM_STATUS: {"incident": number, "state": 1},
        messages.COMMAND: {"id": number, "expires": 1, "operation": 1},
        messages.ACCESS_LIST: {"base": number, "version": 1, "changes": filler},
    }[kind]


class LinkMachine(RuleBasedStateMachine):
    """Sends, waits, changes the weather, and at the end lets the sun shine."""

    @initialize(
        bearers=st.sampled_from((("wire",), ("radio", "wire"))),
        mtu=st.sampled_from((45, 64, 255)),
        random=st.randoms(use_true_random=False),
    )
    def begin(self, bearers, mtu, random):
        self.random = random
        self.weather = {"loss": 0.0, "repeat": 0.0, "damage": 0.0, "jitter": 0}
        self.sent = {"up": {}, "down": {}}
        self.pair = Pair(bearers, mtu, config={"queue_limit": 12})
        self.pair.fault = self.fault
        self.pair.join()

    def fault(self, bearer, direction, packet):
        self.pair.delay = 10 + self.random.randrange(self.weather["jitter"] + 1)
        if self.random.random() < self.weather["loss"]:
            return []
        arriving = [packet]
        if self.random.random() < self.weather["repeat"]:
            arriving.append(packet)
        if self.random.random() < self.weather["damage"]:
            bad = bytearray(packet)
            bad[self.random.randrange(len(bad))] ^= 1 << self.random.randrange(8)
            arriving[0] = bytes(bad)
        return arriving

    @rule(kind=st.sampled_from(UP + DOWN), size=st.integers(0, 400), count=st.integers(1, 5))
    def send(self, kind, size, count):
        direction = "up" if kind in UP else "down"
        link = self.pair.device if kind in UP else self.pair.hub
        for _ in range(count):
            number = len(self.sent[direction])
            fields = fields_of(kind, number, size)
            self.sent[direction][number] = (kind, fields)
            link.send(kind, fields, self.pair.now, token=number)

    @rule(
        loss=st.sampled_from((0.0, 0.3, 0.9, 1.0)),
        repeat=st.sampled_from((0.0, 0.3)),
        damage=st.sampled_from((0.0, 0.3)),
        jitter=st.sampled_from((0, 50, 5_000)),
    )
    def change_weather(self, loss, repeat, damage, jitter):
        self.weather = {"loss": loss, "repeat": repeat, "damage": damage, "jitter": jitter}

    @rule(duration=st.sampled_from((0, 100, 5_000, 600_000)))
    def wait(self, duration):
        self.pair.run(duration)

    @rule()
    def rekey(self):
        self.pair.device.rejoin(self.pair.now)

    @invariant()
    def nothing_arrives_twice_or_altered(self):
        for direction, received in self.pair.received.items():
            sent = list(self.sent[direction].values())
            got = [(delivery.kind, delivery.fields) for delivery in received]
            for message in got:
                assert message in sent
                sent.remove(message)

    @invariant()
    def what_is_more_urgent_leaves_first(self):
        last = {}
        for poll, packet in self.pair.departures:
            kind = catalogue.KINDS[packet[1]]
            if kind.reliable:
                assert last.get(poll, 0) <= kind.priority
                last[poll] = kind.priority
        self.pair.departures.clear()

    def teardown(self):
        self.change_weather(0.0, 0.0, 0.0, 0)
        for _ in range(48):
            self.pair.run(3_600_000)
        for direction, sent in self.sent.items():
            got = [(delivery.kind, delivery.fields) for delivery in self.pair.received[direction]]
            for number, message in sent.items():
                assert self.pair.outcomes[direction][number] == (message in got), message


LinkMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
)
TestLink = LinkMachine.TestCase
