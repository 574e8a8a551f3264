from lines import Bus, Master, Pin, Port
from linli_firmware.bearers import rs485
from linli_protocol.bearer import Bearer
from linli_protocol.framing import encode_frame
from support import Random, raises

A, B, C = 0x81, 0x82, 0x83
ANSWER_MS = 200
LOST_MS = 5000


def device(port, pin, address, baud=115200):
    end = rs485.Rs485(Bearer("rs485", 240), lambda: port, pin, baud, address, ANSWER_MS, LOST_MS)
    end.start(0)
    return end


class Desk:
    """One device without a bus: the test is the line."""

    def __init__(self, baud=115200):
        self.port, self.pin = Port(256), Pin()
        self.end = device(self.port, self.pin, A, baud)
        self.end.poll(0)

    def ask(self, address, now, packet=b""):
        self.port.hear(encode_frame(bytes([address]) + packet))
        return self.end.poll(now)

    def said(self):
        """Return what it has written since the last time."""
        data = self.port.tx
        self.port.tx = b""
        return data


class Street:
    """A bus with a master and devices, each with the packets that arrived there.

    A device is polled at its deadlines and every `period_ms`, later when it `stalls`.
    """

    def __init__(self, addresses, echo=False, noise=None, baud=115200, period_ms=3):
        self.bus = Bus(baud, echo)
        if noise:
            self.bus.noise = noise
        self.master = Master(self.bus, addresses, ANSWER_MS)
        self.pins = {}
        self.ends = {}
        self.arrived = {}
        for address in addresses:
            port, pin = self.bus.join()
            self.ends[address] = device(port, pin, address, baud)
            self.pins[address] = pin
            self.arrived[address] = []
        self.stalled_until = dict.fromkeys(addresses, 0)
        self.period_ms = period_ms
        self._polled_at = dict.fromkeys(addresses, 0)
        self.spoke_unasked = 0

    def run(self, ms):
        self.bus.run(ms, self._visit)

    def _visit(self):
        now = self.bus.now
        self.master.step()
        for address, end in self.ends.items():
            deadline = end.next_deadline()
            due = now >= self._polled_at[address] + self.period_ms
            due = due or (deadline is not None and now >= deadline)
            if due and now >= self.stalled_until[address]:
                self._polled_at[address] = now
                silent = not self.pins[address].level
                self.arrived[address] += end.poll(now)
                if silent and self.pins[address].level:
                    self.spoke_unasked += self.master.listens_to != address

    def end_of(self, address):
        return self.ends[address]


def test_a_polled_device_hears_its_packet_and_answers_with_its_own():
    desk = Desk()
    desk.end.send(b"reading", 0)
    assert desk.ask(A, 10, b"command") == [b"command"]
    assert desk.pin.level == 0
    desk.end.poll(desk.end.next_deadline())
    assert desk.pin.level == 1
    assert desk.said() == encode_frame(b"reading")


def test_packets_of_full_size_fit_both_ways():
    desk = Desk()
    desk.end.send(b"\x41" * 240, 0)
    assert desk.ask(A, 10, b"\x61" * 240) == [b"\x61" * 240]
    desk.end.poll(12)
    assert desk.said() == encode_frame(b"\x41" * 240)


def test_a_device_with_nothing_to_say_answers_with_one_zero():
    desk = Desk()
    assert desk.ask(A, 10) == []
    desk.end.poll(12)
    assert desk.said() == b"\x00"


def test_nobody_speaks_unasked():
    desk = Desk()
    desk.end.send(b"alarm", 0)
    for now in range(100):
        desk.end.poll(now)
    desk.ask(B, 100)
    desk.end.poll(110)
    assert desk.pin.level == 0 and desk.said() == b""


def test_the_line_is_driven_from_the_first_byte_until_the_last_bit_is_out():
    desk = Desk(9600)
    desk.end.send(b"x" * 20, 0)
    desk.ask(A, 10)
    # Seven half characters of eleven bits take 4.01 ms at 9600 Bd.
    assert desk.end.next_deadline() == 15
    desk.end.poll(14)
    assert desk.pin.level == 0
    desk.end.poll(15)
    assert desk.pin.level == 1
    # 25 characters take 28.6 ms, however early the chip claims to be ready.
    desk.said()
    assert desk.end.next_deadline() == 15 + 29
    desk.end.poll(43)
    assert desk.pin.level == 1
    desk.port.stuck = True
    desk.end.poll(44)
    assert desk.pin.level == 1
    desk.port.stuck = False
    desk.end.poll(desk.end.next_deadline())
    assert desk.pin.level == 0


def test_a_busy_device_lets_a_turn_pass_that_may_be_over():
    desk = Desk()
    desk.end.send(b"late", 0)
    # The poll may have come at any time since the last look, half of the master's patience ago.
    desk.ask(A, ANSWER_MS // 2)
    desk.end.poll(ANSWER_MS // 2 + 2)
    assert desk.said() == b""
    desk.ask(A, ANSWER_MS // 2 + 20)
    desk.end.poll(ANSWER_MS // 2 + 22)
    assert desk.said() == encode_frame(b"late")


def test_a_turn_ends_when_another_frame_is_heard():
    desk = Desk()
    desk.ask(A, 10)
    desk.ask(B, 11)
    desk.end.poll(20)
    assert desk.said() == b""


def test_a_glitch_after_the_poll_puts_the_answer_off_but_does_not_cost_it():
    desk = Desk()
    desk.ask(A, 10)
    desk.port.hear(b"\xff")
    desk.end.poll(11)
    desk.end.poll(12)
    assert desk.pin.level == 0
    desk.end.poll(13)
    assert desk.said() == b"\x00"


def test_the_answer_of_another_device_is_no_poll_even_if_it_looks_like_one_inside():
    desk = Desk()
    desk.port.hear(encode_frame(b"\x41" + bytes([A])))
    assert desk.end.poll(10) == []
    desk.end.poll(20)
    assert desk.said() == b""


def test_the_bus_is_up_while_the_master_polls():
    desk = Desk()
    assert not desk.end.is_up
    desk.ask(A, 10)
    assert desk.end.is_up
    for now in range(12, 10 + LOST_MS, 100):
        desk.end.poll(now)
        desk.said()
        assert desk.end.is_up
    assert desk.end.next_deadline() == 10 + LOST_MS
    desk.end.poll(10 + LOST_MS)
    assert not desk.end.is_up


def test_a_port_that_fails_while_talking_lets_go_of_the_line():
    for fault in (OSError("write"), "stuck"):
        desk = Desk()
        desk.end.send(b"x" * 100, 0)
        desk.ask(A, 10)
        desk.end.poll(12)
        assert desk.pin.level == 1
        if fault == "stuck":
            desk.port.stuck = True
        else:
            desk.port.fault = fault
        now = 12
        while desk.pin.level:
            now = max(now + 1, desk.end.next_deadline())
            desk.end.poll(now)
        assert now < 12 + 11 + ANSWER_MS
        assert desk.end.counts["faults"] > 0 and not desk.end.is_up


def test_stopping_lets_go_of_the_line():
    desk = Desk()
    desk.end.send(b"x" * 100, 0)
    desk.ask(A, 10)
    desk.end.poll(12)
    desk.end.stop()
    assert desk.pin.level == 0 and not desk.port.is_open


def test_three_devices_and_their_master_exchange_everything_without_a_collision():
    for echo in (False, True):
        for baud in (9600, 115200):
            random = Random(3)
            street = Street((A, B, C), echo, baud=baud)
            up = {address: [] for address in (A, B, C)}
            down = {address: [] for address in (A, B, C)}
            for _ in range(6):
                for address in (A, B, C):
                    packet = b"\x41" + random.bytes(random.below(60))
                    up[address].append(packet)
                    street.ends[address].send(packet, street.bus.now)
                    packet = b"\x61" + random.bytes(1 + random.below(60))
                    down[address].append(packet)
                    street.master.down[address].append(packet)
                street.run(random.below(600))
            street.run(3000 if baud == 9600 else 1000)
            for address in (A, B, C):
                assert [p for a, p in street.master.up if a == address] == up[address]
                assert street.arrived[address] == down[address]
            assert street.bus.collisions == 0
            assert street.master.unanswered == 0
            assert street.spoke_unasked == 0


def endure(seed):
    """Let a street suffer noise, stalls and a foreign talker, and see it recover."""
    random = Random(seed)

    def noise(byte):
        return random.bytes(1) if random.below(200) == 0 else bytes([byte])

    street = Street((A, B, C), seed & 1, noise)
    forged = 0
    for _ in range(60):
        fate = random.below(6)
        address = (A, B, C)[random.below(3)]
        street.ends[address].send(b"\x41" + random.bytes(random.below(100)), street.bus.now)
        if fate == 0:
            street.stalled_until[address] = street.bus.now + random.below(500)
        elif fate == 1:
            street.bus.foreign = random.bytes(random.below(60))
        elif fate == 2:
            street.bus.foreign = encode_frame(bytes([address]))
            forged += 1
        elif fate == 3:
            street.master.down[address].append(b"\x61" + random.bytes(20))
        street.run(random.below(40))
    # A forged poll is answered like any other.
    assert street.spoke_unasked <= forged
    # When all is quiet again, so is the line, and then everything gets through.
    street.bus.noise = lambda byte: bytes([byte])
    street.bus.foreign = b""
    street.run(700)
    street.master.paused = True
    street.run(ANSWER_MS + 300)
    assert [pin.level for pin in street.pins.values()] == [0, 0, 0]
    street.master.paused = False
    collisions = street.bus.collisions
    street.master.up = []
    for address in (A, B, C):
        street.ends[address].send(b"\x41end" + bytes([address]), street.bus.now)
    street.run(1500)
    ends = [(a, p) for a, p in street.master.up if p[:4] == b"\x41end"]
    assert sorted(ends) == [(a, b"\x41end" + bytes([a])) for a in (A, B, C)]
    assert street.bus.collisions == collisions


def test_under_noise_stalls_and_a_foreign_talker_nobody_speaks_out_of_turn_or_holds_the_line():
    for seed in range(1, 9):
        endure(seed)


def test_a_stalled_device_never_begins_after_the_master_has_turned_to_another():
    random = Random(11)
    street = Street((A, B, C))
    for _ in range(80):
        address = (A, B, C)[random.below(3)]
        street.stalled_until[address] = street.bus.now + random.below(3 * ANSWER_MS)
        street.run(random.below(120))
    assert street.master.unanswered > 5
    assert street.spoke_unasked == 0


class Board:
    def uart(self, *args):
        self.port = args
        return Port()

    def pin_out(self, number):
        self.pin = number
        return Pin()


def test_the_bus_is_built_from_settings_and_mistakes_are_named():
    board = Board()
    end = rs485.build({"tx": 17, "rx": 16, "direction": 4, "device": 0x10005}, board)
    end.start(0)
    assert board.port == (1, 115200, 17, 16, 8, 0, 1) and board.pin == 4
    assert raises(ValueError, rs485.build, {"tx": 17, "rx": 16, "address": 128}, board)
    # The address on the bus follows from the device's.
    own = Board()
    port = Port(256)
    own.uart = lambda *args: port
    end = rs485.build({"tx": 17, "rx": 16, "device": 0x10005}, own)
    end.start(0)
    end.poll(0)
    port.hear(encode_frame(b"\x85hello"))
    assert end.poll(1) == [b"hello"]
    end.poll(3)
    assert port.tx == b"\x00"
