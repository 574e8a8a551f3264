"""The Bluetooth bearer: frames over notifications, strangers, lost connections, a bad radio."""

from fake_ble import FLAG_NOTIFY, FLAG_WRITE, FLAG_WRITE_NO_RESPONSE, FakeBle, Uuid
from linli_firmware.bearers import ble
from linli_protocol.framing import FrameDecoder, encode_frame
from support import Random, raises

READY = b"\x00"  # what a hub writes when it has subscribed
LONGEST = bytes(range(240))


class Bench:
    """A bearer and its radio."""

    def __init__(self, room=4, **settings):
        self.radio = FakeBle(room)
        self.now = 1_000
        self.bearer = ble.build(settings, self)
        self.received = []

    # The builder's board.

    def ble(self):
        return self.radio

    def uuid(self, text):
        return Uuid(text)

    def start(self):
        self.bearer.start(self.now)

    def run(self, duration_ms=100, step_ms=10):
        """Poll for that long, with a connection event after each poll."""
        end = self.now + duration_ms
        while self.now < end:
            self.received += self.bearer.poll(self.now)
            self.radio.flush()
            self.now += step_ms

    def meet(self, mtu=None):
        """Start, and let a hub connect."""
        self.start()
        self.run(20)
        self.radio.connect(mtu)
        self.radio.write(READY)
        self.run(20)
        assert self.bearer.is_up

    def heard(self):
        """Return the packets that the hub has decoded from its notifications."""
        packets = FrameDecoder(240).feed(b"".join(self.radio.heard))
        self.radio.heard = []
        return packets


def test_the_service_is_advertised_without_an_identity():
    bench = Bench(advertise_ms=500)
    assert bench.radio.interval_us is None
    bench.start()
    assert bench.radio.interval_us == 500_000
    assert bench.radio.settings["addr_mode"] == 2
    assert not bench.bearer.is_up
    ((service, characteristics),) = bench.radio.services
    assert [flags for _, flags in characteristics] == [
        FLAG_NOTIFY,
        FLAG_WRITE | FLAG_WRITE_NO_RESPONSE,
    ]
    # Flags, then the service's UUID from its lowest byte, and nothing that tells devices apart.
    uuid = bytes.fromhex(service.text.replace("-", ""))
    assert bench.radio.advertised == b"\x02\x01\x06\x11\x07" + bytes(reversed(uuid))
    other = Bench()
    other.start()
    assert other.radio.advertised == bench.radio.advertised


def test_packets_go_both_ways_whatever_the_mtu():
    for mtu in (None, 24, 100, 185, 247, 517):
        bench = Bench()
        bench.meet(mtu)
        packets = [b"\x00", b"\x00" * 240, LONGEST, b"x"]
        for packet in packets:
            bench.radio.write(encode_frame(packet))
            bench.run(20)
            bench.bearer.send(packet, bench.now)
        bench.run(2_000)
        assert bench.received == packets
        assert bench.heard() == packets


def test_pieces_use_the_mtu_that_was_agreed():
    for mtu, largest in ((None, 20), (100, 97), (517, 244)):
        bench = Bench()
        bench.meet(mtu)
        bench.bearer.send(LONGEST, bench.now)
        bench.run(1_000)
        assert max([len(piece) for piece in bench.radio.heard]) == largest


def test_the_way_is_up_only_when_the_peer_has_written():
    bench = Bench()
    bench.start()
    bench.radio.connect()
    bench.bearer.send(b"alarm", bench.now)
    bench.run(ble.SILENCE_MS - 100)
    assert not bench.bearer.is_up
    assert bench.radio.heard == []
    bench.radio.write(READY)
    bench.run(20)
    assert bench.bearer.is_up
    assert bench.heard() == [b"alarm"]


def test_a_stranger_who_says_nothing_is_sent_away():
    bench = Bench()
    bench.start()
    bench.radio.connect()
    bench.run(ble.SILENCE_MS + 100)
    assert bench.radio.disconnected == 1
    assert bench.radio.interval_us is not None
    bench.radio.connect()
    bench.radio.write(READY)
    bench.run(20)
    assert bench.bearer.is_up
    bench.run(10 * ble.SILENCE_MS)
    assert bench.bearer.is_up  # whoever has written may be silent


def test_a_lost_connection_takes_the_way_down_and_is_advertised_again():
    bench = Bench()
    for number in range(3):
        if number == 0:
            bench.meet()
        else:
            bench.radio.connect()
            bench.radio.write(READY)
            bench.run(20)
            assert bench.bearer.is_up
        bench.radio.leave()
        bench.run(10)
        assert not bench.bearer.is_up
        assert bench.radio.interval_us == 250_000
        assert bench.radio.advertised is not None


def test_a_connection_lost_between_two_polls_is_not_taken_for_the_next():
    bench = Bench()
    bench.meet()
    bench.radio.leave()
    bench.run(10)
    bench.radio.connect(100)
    bench.radio.write(READY)
    bench.radio.leave()
    bench.run(10)
    assert not bench.bearer.is_up
    assert bench.radio.interval_us is not None


def test_what_was_written_just_before_the_loss_still_arrives():
    bench = Bench()
    bench.meet()
    bench.radio.write(encode_frame(b"last words"))
    bench.radio.leave()
    bench.run(10)
    assert bench.received == [b"last words"]


def test_a_loss_at_any_piece_harms_no_later_packet():
    for lost_after in range(1, 15):
        bench = Bench(room=1)
        bench.meet()
        bench.bearer.send(LONGEST, bench.now)
        bench.radio.write(encode_frame(LONGEST)[: 17 * lost_after])
        bench.run(10 * lost_after)
        bench.radio.leave()
        bench.run(10)
        bench.radio.heard = []
        bench.radio.connect()
        bench.radio.write(READY)
        bench.radio.write(encode_frame(b"down"))
        bench.bearer.send(b"up", bench.now)
        bench.run(1_000)
        assert bench.received == [b"down"]
        heard = bench.heard()
        assert heard in ([b"up"], [LONGEST, b"up"])  # the frame under way is not continued
        assert len(bench.received) == 1


def test_a_full_stack_is_waited_for():
    bench = Bench(room=1)
    bench.meet()
    packets = [bytes([number]) * 100 for number in range(5)]
    for packet in packets:
        bench.bearer.send(packet, bench.now)
    bench.run(1_000)
    assert bench.heard() == packets
    assert bench.bearer.counts["dropped"] == 0
    assert bench.bearer.counts["faults"] == 0


def test_while_the_stack_is_full_the_node_is_asked_back_soon_and_else_not_at_all():
    bench = Bench(room=1)
    bench.meet()
    assert bench.bearer.next_deadline() is None
    bench.bearer.send(LONGEST, bench.now)
    bench.bearer.poll(bench.now)
    deadline = bench.bearer.next_deadline()
    assert bench.now < deadline <= bench.now + 20
    bench.run(1_000)
    assert bench.bearer.next_deadline() is None


def test_a_peer_that_takes_nothing_is_sent_away():
    bench = Bench(room=1)
    bench.meet()
    bench.bearer.send(LONGEST, bench.now)
    flush = bench.radio.flush
    bench.radio.flush = lambda: None
    bench.run(ble.STUCK_MS - 100)
    assert bench.bearer.is_up
    bench.run(300)
    assert not bench.bearer.is_up
    assert bench.radio.disconnected == 1
    bench.radio.flush = flush
    bench.radio.connect()
    bench.radio.write(READY)
    bench.bearer.send(b"next", bench.now)
    bench.run(100)
    assert bench.heard() == [b"next"]


def test_a_slow_peer_is_not_sent_away():
    bench = Bench(room=1)
    bench.meet()
    bench.bearer.send(LONGEST, bench.now)
    flush = bench.radio.flush
    for _ in range(14):
        bench.radio.flush = lambda: None
        bench.run(ble.STUCK_MS - 1_000, 100)
        bench.radio.flush = flush
        bench.run(10)
    assert bench.heard() == [LONGEST]
    assert bench.radio.disconnected == 0


def test_a_connection_may_end_between_any_two_pieces():
    for pieces in range(1, 13):
        bench = Bench(room=100)
        bench.meet()
        notify = bench.radio.gatts_notify
        calls = []

        def leave_after(
            connection, handle, data, calls=calls, pieces=pieces, bench=bench, notify=notify
        ):
            calls.append(data)
            if len(calls) == pieces:
                bench.radio.leave()
            notify(connection, handle, data)

        bench.radio.gatts_notify = leave_after
        bench.bearer.send(LONGEST, bench.now)
        bench.run(50)
        assert not bench.bearer.is_up
        assert bench.bearer.counts["faults"] == 0
        assert bench.radio.interval_us is not None
        assert len(calls) == pieces


def test_more_than_the_stacks_buffer_between_two_polls_costs_packets_but_no_trust():
    bench = Bench()
    bench.meet(247)
    packets = [bytes([number]) * 150 for number in range(8)]
    for packet in packets:
        bench.radio.write(encode_frame(packet))
    bench.run(20)
    bench.radio.write(encode_frame(b"after"))
    bench.run(20)
    assert bench.received == packets[:6] + [b"after"]
    assert bench.bearer.counts["refused"] == 1


def test_noise_is_refused_and_counted():
    random = Random(7)
    bench = Bench()
    bench.meet(247)
    for _ in range(200):
        bench.radio.write(random.bytes(1 + random.below(400)))
        bench.run(10)
    bench.radio.write(encode_frame(b"good"))
    bench.run(10)
    assert bench.received == [b"good"]
    assert bench.bearer.counts["refused"] > 0


def test_a_failing_radio_is_restarted():
    bench = Bench()
    bench.meet()
    bench.radio.broken = True
    bench.radio.leave()
    bench.run(1_000)
    assert not bench.bearer.is_up
    assert bench.bearer.counts["faults"] >= 1
    bench.run(3 * ble.RESTART_MS)
    faults = bench.bearer.counts["faults"]
    assert 3 <= faults <= 8  # it does not try all the time
    bench.radio.broken = False
    bench.run(ble.RESTART_MS)
    bench.radio.connect()
    bench.radio.write(READY)
    bench.run(20)
    assert bench.bearer.is_up


def test_a_radio_that_fails_at_the_start_is_tried_again():
    bench = Bench()
    bench.radio.broken = True
    bench.start()
    assert bench.bearer.next_deadline() == bench.now + ble.RESTART_MS
    bench.radio.broken = False
    bench.run(ble.RESTART_MS + 20)
    assert bench.radio.interval_us is not None


def test_a_stopped_radio_is_off_and_can_start_again():
    bench = Bench()
    bench.meet()
    bench.bearer.stop()
    assert not bench.radio.active()
    assert not bench.bearer.is_up
    assert bench.bearer.next_deadline() is None
    bench.run(1_000)
    assert bench.radio.interval_us is None
    bench.meet()
    bench.bearer.send(b"again", bench.now)
    bench.run(20)
    assert bench.heard() == [b"again"]


def test_an_event_needs_no_more_memory_than_its_flags():
    bench = Bench()
    bench.meet()
    pipe = bench.bearer._pipe
    for event in (4, 5, 18, 20, 22, 27, 28, 99):
        pipe._on_event(event, (0, 1, 2))
    bench.run(20)
    assert bench.bearer.is_up


def test_wrong_settings_are_named():
    assert "name" in str(raises(ValueError, lambda: Bench(name="door 7")))
