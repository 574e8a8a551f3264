"""What the LoRa bearer must do, whatever its modem: told once, run on every modem there is.

A bench has `clock`, `air`, `lora` (the bearer), `broken(bool)` and `jammed(bool)`: the modem or its
transmitter fails, or works again.
"""

from fake_lora import RSSI_DBM
from linli_firmware.bearers import lora as module
from linli_firmware.bearers.lora_airtime import airtime_us

STEP_US = 5_000  # how often a node polls
PACKET = bytes(range(40))
ANSWER = b"answer of the hub"
# With a term and an epoch that need all their bits.
LONGEST_JOIN_ACCEPT = 57
SECOND_US = 1_000_000


class Board:
    """The board's random source for the channel: counts up."""

    def __init__(self):
        self.drawn = 0

    def random(self, count):
        self.drawn += 1
        return bytes([self.drawn - 1] * count)


def run(bench, duration_ms):
    """Poll for that long; return what arrived."""
    packets = []
    for _ in range(duration_ms * 1000 // STEP_US):
        bench.clock.advance(STEP_US)
        packets += bench.lora.poll(bench.clock.now())
    return packets


def start(bench):
    bench.lora.start(bench.clock.now())
    assert bench.lora.is_up


def send(bench, packet=PACKET):
    bench.lora.send(packet, bench.clock.now())


def story_a_packet_is_one_frame_as_the_region_wants_it(bench, spreading_factor):
    start(bench)
    send(bench)
    run(bench, 5_000)
    (frame,) = bench.air.sent
    assert frame.payload == PACKET
    assert frame.khz == 867_100
    assert frame.spreading_factor == spreading_factor
    assert frame.end_us - frame.start_us == airtime_us(len(PACKET), spreading_factor)
    assert frame.setup == {
        "bandwidth_khz": 125,
        "coding_rate": 5,
        "preamble": 8,
        "crc": True,
        "explicit": True,
        "sync_word": 0x12,
        "inverted": False,
        "power_dbm": 14,
    }


def story_frames_are_spread_over_the_channels(bench):
    start(bench)
    for _ in range(10):
        send(bench)
        run(bench, 4_000)
    heard = [frame.khz for frame in bench.air.sent]
    assert heard == [867_100 + 200 * (number % 8) for number in range(10)]


def story_the_answer_a_second_later_is_heard(bench):
    start(bench)
    for late_us in (0, -15_000, 15_000):
        bench.air.answers = [(SECOND_US + late_us, ANSWER)]
        send(bench)
        assert run(bench, 5_000) == [ANSWER]
        assert bench.lora.rssi_dbm == RSSI_DBM


def story_the_longest_answer_is_heard(bench, length):
    start(bench)
    bench.air.answers = [(SECOND_US, bytes(length))]
    send(bench, bytes(51))
    assert run(bench, 12_000) == [bytes(length)]


def story_outside_the_window_the_radio_sleeps(bench):
    start(bench)
    for delay_us in (SECOND_US // 2, 2 * SECOND_US, 3 * SECOND_US):
        bench.air.answers = [(delay_us, ANSWER)]
        send(bench)
        assert run(bench, 5_000) == []
    assert bench.lora.next_deadline() is None


def story_the_next_frame_waits_for_the_window(bench):
    start(bench)
    send(bench)
    send(bench)
    run(bench, 10_000)
    first, second = bench.air.sent
    assert second.start_us - first.end_us >= SECOND_US
    assert second.start_us - first.end_us < 3 * SECOND_US


def story_a_dead_chip_is_down_and_comes_back(bench):
    start(bench)
    bench.broken(True)
    send(bench)
    run(bench, 1_000)
    assert not bench.lora.is_up
    faults = bench.lora.counts["faults"]
    assert faults >= 1
    run(bench, 30_000)
    assert not bench.lora.is_up
    assert bench.lora.counts["faults"] > faults
    bench.broken(False)
    run(bench, 50_000)
    assert bench.lora.is_up
    before = len(bench.air.sent)
    send(bench)
    run(bench, 5_000)
    assert len(bench.air.sent) == before + 1


def story_a_transmission_that_never_ends_restarts_the_chip(bench):
    start(bench)
    bench.jammed(True)
    send(bench)
    run(bench, 3_000)
    assert not bench.lora.is_up
    assert bench.air.sent == []
    bench.jammed(False)
    run(bench, module.RESTART_MS)
    assert bench.lora.is_up
    send(bench)
    run(bench, 5_000)
    assert len(bench.air.sent) == 1


def story_a_chip_that_is_dead_at_the_start_is_tried_again(bench):
    bench.broken(True)
    bench.lora.start(0)
    assert not bench.lora.is_up
    bench.broken(False)
    run(bench, module.RESTART_MS)
    assert bench.lora.is_up


def story_a_stopped_radio_can_start_again(bench):
    start(bench)
    send(bench)
    run(bench, 100)
    bench.lora.stop()
    assert not bench.lora.is_up
    assert bench.lora.next_deadline() is None
    assert run(bench, 5_000) == []
    start(bench)
    before = len(bench.air.sent)
    send(bench)
    run(bench, 5_000)
    assert len(bench.air.sent) == before + 1


def story_polling_at_the_deadlines_is_enough(bench):
    start(bench)
    bench.air.answers = [(SECOND_US, ANSWER)]
    send(bench)
    packets = []
    polls = 0
    while True:
        now = bench.clock.now()
        packets += bench.lora.poll(now)
        deadline = bench.lora.next_deadline()
        if deadline is None:
            break
        bench.clock.advance(max(deadline - now, 1) * 1000)
        polls += 1
        assert polls < 1000
    assert packets == [ANSWER]


STORIES = (
    story_frames_are_spread_over_the_channels,
    story_the_answer_a_second_later_is_heard,
    story_outside_the_window_the_radio_sleeps,
    story_the_next_frame_waits_for_the_window,
    story_a_dead_chip_is_down_and_comes_back,
    story_a_transmission_that_never_ends_restarts_the_chip,
    story_a_chip_that_is_dead_at_the_start_is_tried_again,
    story_a_stopped_radio_can_start_again,
    story_polling_at_the_deadlines_is_enough,
)


def tell(make_bench):
    """Run every story on benches that `make_bench(spreading_factor=9, mtu=51)` makes."""
    for spreading_factor in (7, 9, 12):
        bench = make_bench(spreading_factor)
        story_a_packet_is_one_frame_as_the_region_wants_it(bench, spreading_factor)
        for length in (51, LONGEST_JOIN_ACCEPT):
            story_the_longest_answer_is_heard(make_bench(spreading_factor), length)
    for story in STORIES:
        story(make_bench())
