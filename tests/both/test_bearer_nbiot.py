"""The NB-IoT bearer on a scripted modem: every command fails in every way, and is survived."""

from fake_modem import FAULTS, FakeModem
from linli_firmware.bearers import nbiot
from linli_firmware.bearers.at import ERROR, OK, TIMEOUT, AtEngine
from linli_firmware.bearers.nbiot_timers import active_time, edrx_cycle, periodic_update
from support import Random, raises

STEP_MS = 20
PACKET = bytes(range(60))

# Whatever fails once, the bearer is up again and a packet has gone out within this.
BOUND_MS = 60_000
ONE_PIN_BOUND_MS = 75_000  # the key alone first switches a hung modem off

# What a healthy start-up and one packet take, in order, without an access point of one's own.
COMMANDS = (
    b"ATE1",
    b"ATE1",
    b"AT+CSORCVFLAG=0",
    b"AT+CEREG=1",
    b"AT+CPSMS=0",
    b"AT+CEDRXS=0",
    b"AT+CEREG?",
    b"AT+CSQ",
    b"AT+CSOCL=0",
    b"AT+CSOC=1,2,1",
    b'AT+CSOCON=0,5683,"192.0.2.1"',
    b"AT+CSOSEND=0,120,",
)


class Board:
    """The builder's board, wired to a modem."""

    def __init__(self, modem):
        self.modem = modem

    def uart(self, number, baudrate, tx, rx):
        assert (number, baudrate, tx, rx) == (1, 115_200, 17, 16)
        return self.modem

    def pin_out(self, number):
        return {4: self.modem.power_key, 5: self.modem.reset}[number]


class Bench:
    """A bearer and its modem; both pins wired unless told otherwise."""

    def __init__(self, is_on=True, pins=("power_key", "reset"), apn_there="", **settings):
        self.modem = FakeModem(is_on, apn_there)
        self.modem.now = 100_000
        values = {"tx": 17, "rx": 16, "host": "192.0.2.1", "port": 5683}
        values.update(settings)
        numbers = {"power_key": 4, "reset": 5}
        for name in pins:
            values[name] = numbers[name]
        self.bearer = nbiot.build(values, Board(self.modem))
        self.received = []
        self.downs = 0

    def start(self):
        self.bearer.start(self.modem.now)

    def run(self, duration_ms, until=lambda: False):
        """Poll for that long or until a condition holds; return how long it took."""
        began = self.modem.now
        while self.modem.now - began < duration_ms and not until():
            self.received += self.bearer.poll(self.modem.now)
            self.downs += not self.bearer.is_up
            if until():
                break
            events = [began + duration_ms]
            for event in (self.bearer.next_deadline(), self.modem.next_output()):
                if event is not None:
                    events.append(event)
            self.modem.now = max(self.modem.now + STEP_MS, min(events))
        return self.modem.now - began

    def start_and_deliver(self, limit_ms=BOUND_MS):
        """Start, wait until it is up and send a packet, all in time; return how long it took."""
        self.start()
        took = self.run(limit_ms, lambda: self.bearer.is_up)
        return took + self.deliver(limit_ms=limit_ms - took)

    def run_until_up(self, limit_ms=BOUND_MS):
        took = self.run(limit_ms, lambda: self.bearer.is_up)
        assert self.bearer.is_up
        return took

    def deliver(self, packet=PACKET, limit_ms=BOUND_MS):
        """Send a packet; it must go out in time. Return how long it took."""
        self.bearer.send(packet, self.modem.now)
        took = self.run(limit_ms, lambda: packet in self.modem.sent)
        assert packet in self.modem.sent, (took, self.modem.log[-12:])
        return took


def test_a_modem_that_is_on_is_connected_and_sends():
    bench = Bench()
    bench.start()
    assert not bench.bearer.is_up
    bench.run_until_up(1_000)
    bench.deliver(limit_ms=200)
    assert bench.modem.address == b'0,5683,"192.0.2.1"'
    assert bench.bearer.rssi_dbm == -79
    log = [line[: len(expected)] for line, expected in zip(bench.modem.log, COMMANDS)]
    assert tuple(log) == COMMANDS
    assert bench.modem.sent == [PACKET]


def test_what_the_network_delivers_arrives():
    bench = Bench()
    bench.start()
    bench.run_until_up()
    for packet in (b"\x00", PACKET, bytes(range(240))):
        bench.modem.receive(packet)
    bench.run(100)
    assert bench.received == [b"\x00", PACKET, bytes(range(240))]


def test_a_flood_of_datagrams_is_bounded():
    bench = Bench()
    bench.start()
    bench.run_until_up()
    for number in range(20):
        bench.modem.receive(bytes([number]))
    bench.run(100)
    assert bench.received == [bytes([number]) for number in range(nbiot.RECEIVED_LIMIT)]
    assert bench.bearer.counts["dropped"] == 20 - nbiot.RECEIVED_LIMIT


def test_a_modem_that_is_off_is_switched_on():
    bench = Bench(is_on=False, pins=("power_key",))
    bench.start()
    bench.run_until_up(25_000)
    bench.deliver(limit_ms=1_000)


def test_every_fault_at_every_command_is_survived():
    longest = 0
    for fault in FAULTS:
        for number in range(len(COMMANDS)):
            bench = Bench()
            bench.modem.faults = {number: fault}
            took = bench.start_and_deliver()
            # What comes after it goes out as ever, up to one late consequence.
            bench.run(20_000)
            took = max(took, bench.deliver(b"second", BOUND_MS))
            assert bench.bearer.is_up, (fault, number)
            longest = max(longest, took)
    assert longest > BOUND_MS // 2  # the bound is not idle


def test_without_pins_all_but_a_hung_modem_is_survived():
    for fault in FAULTS:
        if fault == "hang":
            continue
        for number in range(len(COMMANDS)):
            bench = Bench(pins=())
            bench.modem.faults = {number: fault}
            bench.start_and_deliver()


def test_either_pin_alone_revives_a_hung_modem():
    for pins in (("power_key",), ("reset",)):
        for number in range(len(COMMANDS)):
            bench = Bench(pins=pins)
            bench.modem.faults = {number: "hang"}
            bench.start_and_deliver(ONE_PIN_BOUND_MS)


def test_what_fails_once_costs_no_reset():
    for fault in ("stall", "late", "error", "garbage", "noise"):
        for number in range(2, len(COMMANDS)):
            bench = Bench()
            bench.modem.faults = {number: fault}
            bench.start()
            bench.run_until_up()
            bench.downs = 0
            bench.deliver()
            bench.run(20_000)
            assert bench.downs == 0, (fault, number)
            assert bench.modem.resets == bench.modem.presses == 0


def test_a_modem_that_still_listens_is_reset_by_command():
    bench = Bench()
    bench.modem.faults = {8: "deaf"}
    bench.start_and_deliver()
    assert bench.modem.resets == 1
    assert bench.modem.presses == 0


def test_a_lost_socket_is_opened_again_before_a_packet_needs_it():
    bench = Bench()
    bench.start_and_deliver()
    for number in range(5):
        bench.modem.say(b"+CSOERR: 0,4")
        bench.run(100)
        assert not bench.bearer.is_up
        bench.run_until_up(1_000)
        bench.deliver(bytes([number]), 200)
    assert bench.modem.resets == 0


def test_datagrams_of_strange_sockets_and_lengths_are_refused():
    bench = Bench()
    bench.start()
    bench.run_until_up()
    for line in (b"3,2,00", b"0,4,00", b"0,2,0", b"0,2,0x", b"0,2", b"0,2,00,0", b"", b",,"):
        bench.modem.say(b"+CSONMI: " + line)
    bench.run(100)
    assert bench.received == []
    assert bench.bearer.counts["garbled"] == 8


def test_two_faults_at_any_two_places_are_survived():
    random = Random(5)
    for _ in range(60):
        bench = Bench()
        for _ in range(2):
            bench.modem.faults[random.below(24)] = FAULTS[random.below(len(FAULTS))]
        bench.start_and_deliver(2 * BOUND_MS)


def test_a_modem_that_fails_while_nothing_is_sent_is_survived():
    for harm in (
        lambda modem: modem.hang(),
        lambda modem: modem.restart(),
        lambda modem: modem.restart(False),
        lambda modem: modem.say(b"+CSOERR: 0,4"),
        lambda modem: modem.say(b"\xff\x00" * 400),
    ):
        bench = Bench()
        bench.start()
        bench.run_until_up()
        bench.run(5_000)
        harm(bench.modem)
        bench.run(200)
        bench.deliver()
        assert bench.bearer.is_up


def test_a_modem_that_hangs_unnoticed_is_found_at_the_next_check():
    bench = Bench()
    bench.start()
    bench.run_until_up()
    bench.modem.hang()
    bench.run(nbiot.CHECK_MS + BOUND_MS)
    assert bench.bearer.is_up
    assert bench.modem.resets == 1


def test_a_restart_that_is_heard_is_mended_at_once():
    bench = Bench()
    bench.start()
    bench.run_until_up()
    bench.modem.restart()
    bench.run(20_000)
    assert bench.bearer.is_up
    bench.deliver(limit_ms=200)


def test_lost_registration_takes_the_way_down_and_up_again():
    bench = Bench()
    bench.start()
    bench.run_until_up()
    bench.modem.lose_registration()
    bench.run(100)
    assert not bench.bearer.is_up
    bench.modem._registered_at = bench.modem.now + 30_000
    bench.run_until_up()


def test_without_coverage_resets_become_rare():
    bench = Bench()
    bench.modem.coverage = False
    bench.modem.lose_registration()
    bench.start()
    bench.run(6 * 3_600_000, lambda: bench.bearer.is_up)
    resets = bench.bearer.counts["resets"]
    assert 5 <= resets <= 14, resets
    bench.modem.coverage = True
    bench.run_until_up(2 * nbiot.MAX_REST_MS)


def test_a_late_answer_is_not_taken_for_the_next_commands():
    bench = Bench()
    # The socket's number arrives when the ladder has long begun anew.
    bench.modem.faults = {9: "late", 10: "late"}
    bench.start()
    bench.run_until_up()
    bench.deliver()


def test_a_packet_that_the_modem_refuses_is_dropped_after_three_connections():
    bench = Bench()
    bench.start()
    bench.run_until_up()
    bench.modem._send = lambda arguments: [b"ERROR"]
    bench.bearer.send(PACKET, bench.modem.now)
    bench.run(2 * BOUND_MS, lambda: bench.bearer.counts["dropped"] == 1)
    assert bench.bearer.counts["dropped"] == 1
    del bench.modem._send
    bench.run_until_up()
    bench.deliver(b"next")


def test_of_too_many_packets_the_oldest_is_dropped():
    bench = Bench()
    bench.start()
    bench.run_until_up()
    bench.modem.faults = {len(bench.modem.log): "stall"}
    packets = [bytes([number]) for number in range(9)]
    bench.bearer.send(packets[0], bench.modem.now)
    bench.run(1_000)
    for packet in packets[1:]:
        bench.bearer.send(packet, bench.modem.now)
    bench.run(20_000)
    # The first was on its way already.
    assert bench.modem.sent == packets
    assert bench.bearer.counts["dropped"] == 1


def test_sleep_is_left_for_a_packet_without_a_new_registration():
    bench = Bench(update_s=86_400, active_s=20)
    bench.start()
    bench.run_until_up()
    assert b"AT+CPSMSTATUS=1" in bench.modem.log
    assert b'AT+CPSMS=1,,,"00111000","00001010"' in bench.modem.log
    registrations = bench.modem.registrations
    for number in range(3):
        bench.modem.sleep()
        commands = len(bench.modem.log)
        bench.downs = 0
        bench.run(2 * nbiot.CHECK_MS)
        assert len(bench.modem.log) == commands  # nobody disturbs it
        assert bench.bearer.next_deadline() is None  # and a device may sleep, too
        bench.deliver(bytes([number]), 20_000)
        assert bench.downs == 0
    assert bench.modem.registrations == registrations
    assert bench.modem.resets == 0
    # A modem that woke by itself is not switched off by the key.
    presses = bench.modem.presses
    bench.modem.sleep()
    bench.run(1_000)
    bench.modem.wake()
    bench.deliver(b"awake", 5_000)
    assert bench.modem.presses == presses


def test_only_a_new_access_point_costs_a_registration():
    bench = Bench(apn="meters")
    bench.start()
    bench.run_until_up()
    assert b'AT*MCGDEFCONT="IP","meters"' in bench.modem.log
    assert bench.modem.registrations == 2
    bench.deliver()
    bench = Bench(apn="meters", apn_there="meters")
    bench.start()
    bench.run_until_up()
    assert bench.modem.registrations == 1


def test_unknown_signal_strength_is_unknown():
    bench = Bench()
    bench.modem.signal = b"99"
    bench.start()
    bench.run_until_up()
    assert bench.bearer.rssi_dbm is None


def test_a_stopped_bearer_is_silent_and_can_start_again():
    bench = Bench()
    bench.start()
    bench.run_until_up()
    bench.bearer.stop()
    assert not bench.bearer.is_up
    commands = len(bench.modem.log)
    bench.run(nbiot.CHECK_MS)
    assert len(bench.modem.log) == commands
    bench.start()
    bench.run_until_up()
    bench.deliver()


def test_a_failing_uart_is_counted_and_survived():
    bench = Bench()
    bench.start()
    bench.run_until_up()
    read = bench.modem.read

    def fail(count):
        raise OSError(5)

    bench.modem.read = fail
    bench.run(1_000)
    assert bench.bearer.counts["faults"] > 0
    bench.modem.read = read
    bench.deliver()


def test_wrong_settings_are_named():
    for settings, words in (
        ({"update_s": 3600}, "update_s"),
        ({"update_s": 40_000_000, "active_s": 10}, "update_s"),
        ({"update_s": 3600, "active_s": 20_000}, "active_s"),
        ({"edrx_s": 20}, "edrx_s"),
        ({"sim": 1}, "sim"),
    ):
        error = raises(ValueError, lambda settings=settings: Bench(**settings))
        assert words in str(error), (settings, error)


def test_timers_are_coded_as_24_008_says():
    # From the module's application note: 310 hours and 2 seconds.
    assert periodic_update(310 * 3600) == "01011111"
    assert active_time(2) == "00000001"
    assert periodic_update(0) == "01100000"
    assert periodic_update(62) == "01111111"
    assert periodic_update(63) == "10000011"
    assert periodic_update(86_400) == "00111000"
    assert periodic_update(31 * 1_152_000) == "11011111"
    assert active_time(0) == "00000000"
    assert active_time(62) == "00011111"
    assert active_time(63) == "00100010"
    assert active_time(31 * 360) == "01011111"
    assert edrx_cycle(21) == "0010"
    assert edrx_cycle(81) == "0011"
    assert edrx_cycle(82) == "0101"
    assert edrx_cycle(20_000) == "1111"


def test_a_coded_timer_is_never_shorter_than_asked():
    units_3 = (600, 3_600, 36_000, 2, 30, 60, 1_152_000)
    units_2 = (2, 60, 360)
    for code, units, limit in (
        (periodic_update, units_3, 31 * 1_152_000),
        (active_time, units_2, 11_160),
    ):
        seconds = 0
        while seconds <= limit:
            bits = int(code(seconds), 2)
            coded = units[bits >> 5] * (bits & 31)
            assert seconds <= coded
            assert coded - seconds < 2 or coded - seconds <= seconds
            seconds = seconds * 21 // 20 + 1


def test_the_engine_takes_results_after_its_commands_echo_only():
    engine = AtEngine(80)
    assert engine.begin(b"AT+CSQ", b"+CSQ: ", 1000, 0) == b"AT+CSQ\r"
    assert engine.feed(b"\r\nOK\r\n") == [b"OK"]
    assert engine.poll(10) is None
    assert engine.feed(b"AT+C") == []
    assert engine.feed(b"SQ\r\r\n+CSQ: 17,0\r\n+CEREG: 1\r\n\r\nO") == [b"+CEREG: 1"]
    assert engine.poll(20) is None
    assert engine.feed(b"K\r\n") == []
    assert engine.poll(30) == OK
    assert engine.answer == [b"+CSQ: 17,0"]
    assert engine.poll(40) is None


def test_the_engine_knows_errors_and_time_outs():
    engine = AtEngine(80)
    for text in (b"ERROR", b"+CME ERROR: 50", b"+CMS ERROR: 1"):
        engine.begin(b"AT+X", b"", 1000, 0)
        engine.feed(b"AT+X\r\r\n" + text + b"\r\n")
        assert engine.poll(0) == ERROR
    engine.begin(b"AT+X", b"", 1000, 0)
    assert engine.deadline == 1000
    assert engine.poll(999) is None
    assert engine.poll(1000) == TIMEOUT
    assert engine.deadline is None


def test_no_input_raises_or_grows_the_engine():
    random = Random(3)
    engine = AtEngine(80)
    engine.begin(b"AT+X", b"+X", 1 << 30, 0)
    for _ in range(2000):
        data = random.bytes(random.below(200))
        for line in engine.feed(data):
            assert len(line) <= 80
    assert engine.oversize > 0
    assert engine.poll(0) is None
    engine.feed(b"\r\nAT+X\r\r\nOK\r\n")
    assert engine.poll(0) == OK


def test_any_cut_of_the_stream_gives_the_same_lines():
    stream = b"AT+X\r\r\n+X: 1\r\n\r\n+CEREG: 5\r\n+X: 2\r\nOK\r\n+CSONMI: 0,2,00\r\n"
    for cut in range(len(stream)):
        engine = AtEngine(80)
        engine.begin(b"AT+X", b"+X: ", 1000, 0)
        lines = engine.feed(stream[:cut]) + engine.feed(stream[cut:])
        assert lines == [b"+CEREG: 5", b"+CSONMI: 0,2,00"]
        assert engine.answer == [b"+X: 1", b"+X: 2"]
        assert engine.poll(0) == OK
