from lines import Line, Port
from linli_firmware.bearers import uart
from linli_protocol.bearer import Bearer
from linli_protocol.framing import encode_frame
from support import Random, raises


def two_ends(line, mtu=240):
    """Return two started transports at the ends of `line`."""
    ends = [uart.Uart(Bearer("uart", mtu), lambda port=port: port) for port in line.ends]
    for each in ends:
        each.start(0)
    return ends


class Correspondence:
    """Runs two transports on a line and writes down what arrives at each."""

    def __init__(self, line):
        self.line = line
        self.ends = two_ends(line)
        self.arrived = [[], []]
        self.dropped = 0

    def run(self, ms):
        self.line.run(ms, self._visit)

    def _visit(self):
        for number in (0, 1):
            self.arrived[number] += self.ends[number].poll(self.line.now)


def packets(random, count):
    return [random.bytes(1 + random.below(240)) for _ in range(count)]


def test_packets_cross_a_slow_line_in_order_both_ways():
    talk = Correspondence(Line(9600))
    random = Random(5)
    there, back = packets(random, 8), packets(random, 8)
    for packet in there:
        talk.ends[0].send(packet, 0)
    for packet in back:
        talk.ends[1].send(packet, 0)
    talk.run(3000)
    assert talk.arrived == [back, there]


def test_a_noisy_line_loses_packets_but_invents_none_and_recovers():
    random = Random(7)

    def noise(byte):
        fate = random.below(1000)
        if fate == 0:
            return b""
        if fate == 1:
            return bytes([random.below(256)])
        if fate == 2:
            return bytes([byte, random.below(256)])
        return bytes([byte])

    line = Line(115200, noise)
    talk = Correspondence(line)
    sent = []
    for _ in range(40):
        packet = random.bytes(1 + random.below(200))
        sent.append(packet)
        talk.ends[0].send(packet, line.now)
        talk.run(25)
    arrived = talk.arrived[1]
    assert 5 < len(arrived) < 40
    assert arrived == [packet for packet in sent if packet in arrived]
    assert talk.ends[1].counts["refused"] > 0
    line.noise = lambda byte: bytes([byte])
    talk.ends[0].send(b"after the storm", line.now)
    talk.run(25)
    assert talk.arrived[1][-1] == b"after the storm"


def test_a_write_taken_in_part_is_continued_and_asked_for():
    port = Port(tx_room=10)
    end = uart.Uart(Bearer("uart", 240), lambda: port)
    end.start(0)
    assert end.poll(0) == []
    assert end.next_deadline() is None
    end.send(b"x" * 30, 5)
    assert end.next_deadline() == 5
    out = b""
    now = 5
    for _ in range(9):
        end.poll(now)
        deadline = end.next_deadline()
        if deadline is None:
            break
        assert deadline > now
        now = deadline
        out += port.tx
        port.tx = b""
    assert out + port.tx == encode_frame(b"x" * 30)


def test_a_frame_is_written_when_the_one_before_is_out():
    port = Port(tx_room=1000)
    end = uart.Uart(Bearer("uart", 240), lambda: port)
    end.start(0)
    end.send(b"first", 0)
    end.send(b"second", 0)
    end.poll(0)
    end.poll(10)
    assert port.tx == encode_frame(b"first")
    port.tx = b""
    end.poll(20)
    assert port.tx == encode_frame(b"second")


def test_of_too_many_packets_the_oldest_is_dropped_and_counted():
    line = Line(115200)
    talk = Correspondence(line)
    for number in range(10):
        talk.ends[0].send(bytes([number]), 0)
    talk.run(100)
    assert talk.arrived[1] == [bytes([number]) for number in range(2, 10)]
    assert talk.ends[0].counts["dropped"] == 2


def test_a_failing_port_is_counted_and_opened_anew():
    line = Line(115200)
    made = []

    def open_port():
        if len(made) == 1:
            made.append(None)
            raise OSError("busy")
        made.append(Port())
        return made[-1]

    end = uart.Uart(Bearer("uart", 240), open_port)
    end.start(0)
    assert end.is_up
    made[0].fault = OSError("broken")
    end.send(b"lost", 10)
    assert end.poll(10) == []
    assert not end.is_up and not made[0].is_open
    assert end.next_deadline() == 10 + uart.REOPEN_MS
    assert end.poll(end.next_deadline() - 1) == []
    assert len(made) == 1
    # The first attempt fails, the second does not.
    end.poll(end.next_deadline())
    assert not end.is_up
    end.poll(end.next_deadline())
    assert end.is_up
    made[-1].hear(encode_frame(b"hello"))
    assert end.poll(line.now + 5000) == [b"hello"]
    assert end.counts["faults"] == 3


def test_stopping_releases_the_port_and_starting_again_works():
    made = []

    def open_port():
        made.append(Port(tx_room=4))
        return made[-1]

    end = uart.Uart(Bearer("uart", 240), open_port)
    end.start(0)
    end.send(b"cut off in the middle", 0)
    end.poll(0)
    end.stop()
    assert not made[0].is_open and not end.is_up
    assert end.poll(10) == [] and end.next_deadline() is None
    end.start(20)
    end.send(b"ok", 20)
    end.poll(20)
    assert encode_frame(b"ok").startswith(made[1].tx)


def test_a_babbling_line_is_read_a_little_at_a_time():
    port = Port(rx_room=100000)
    end = uart.Uart(Bearer("uart", 240), lambda: port)
    end.start(0)
    port.hear(b"\x55" * 20000 + encode_frame(b"sense"))
    assert end.poll(0) == []
    assert len(port.rx) > 19000
    arrived = []
    for now in range(100):
        arrived += end.poll(now)
    assert arrived == [b"sense"]
    assert end.counts["refused"] == 1


class Board:
    def uart(self, *args):
        self.asked = args
        return Port()


def test_the_port_is_built_from_settings_and_mistakes_are_named():
    board = Board()
    end = uart.build({"number": 2, "tx": 17, "rx": 16, "baud": 9600}, board)
    end.start(0)
    assert board.asked == (2, 9600, 17, 16)
    assert end.bearer.name == "uart" and end.bearer.mtu == 240
    # Nine full frames take 2.3 s at 9600 Bd.
    assert 3200 < end.bearer.ack_timeout_ms < 3400
    assert "parity: no such setting" in str(
        raises(ValueError, uart.build, {"tx": 1, "rx": 2, "parity": 1}, board)
    )
    assert "rx: needed" in str(raises(ValueError, uart.build, {"tx": 1}, board))
