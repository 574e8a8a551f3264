import errno

from linli_firmware.bearers import tcp, wifi
from linli_firmware.bearers.backoff import Backoff
from linli_firmware.bearers.connection import as_stream
from linli_firmware.bearers.silence import SILENCE_MS
from linli_protocol.bearer import Bearer
from linli_protocol.framing import encode_frame
from nets import Sockets, Wlan, connection, middle
from support import Random, raises

KEEPALIVE_MS = 60_000


def a_client(station=None):
    """Return (sockets, a transport that has been started and polled at 0)."""
    sockets = Sockets()
    made = connection(sockets, Sockets.SOCK_STREAM, as_stream, station)
    end = tcp.Tcp(Bearer("tcp", 240), made, KEEPALIVE_MS)
    end.start(0)
    assert end.poll(0) == []
    return sockets, end


def connected():
    """Return (the socket, the transport), connected and up at 0."""
    sockets, end = a_client()
    sockets.made[0].accept()
    end.poll(0)
    assert end.is_up
    sockets.made[0].sent = b""
    return sockets, end


def reopened(sockets, end, now):
    """Poll until the transport has made another socket and return (when, the socket)."""
    before = len(sockets.made)
    assert not end.is_up
    while len(sockets.made) == before:
        assert end.next_deadline() > now
        now = end.next_deadline()
        end.poll(now)
    return now, sockets.made[-1]


def test_it_is_up_when_the_connection_has_taken_a_byte():
    sockets, end = a_client()
    for now in range(0, 1000, 10):
        end.poll(now)
        assert not end.is_up and now < end.next_deadline() <= now + 10
    assert sockets.made[0].address == ("hub", 4100)
    sockets.made[0].accept()
    end.poll(1000)
    assert end.is_up and sockets.made[0].sent == b"\x00"


def test_packets_go_both_ways_whatever_the_pieces():
    sockets, end = connected()
    socket = sockets.made[0]
    random = Random(4)
    sent = [random.bytes(1 + random.below(240)) for _ in range(8)]
    stream = b"".join([encode_frame(packet) for packet in sent])
    for packet in sent:
        end.send(packet, 10)
    assert end.next_deadline() == 10
    now = 10
    socket.room = 0
    arrived = []
    rest = stream
    while rest or socket.sent != stream:
        socket.room = random.below(90)
        cut = 1 + random.below(90)
        if rest:
            socket.give(rest[:cut])
        rest = rest[cut:]
        arrived += end.poll(now)
        now += 10
    assert arrived == sent and end.is_up


def test_a_refused_connection_is_tried_again_after_longer_and_longer_waits():
    sockets, end = a_client()
    waits = []
    now = 0
    for _ in range(9):
        sockets.made[-1].fault = OSError(errno.ECONNREFUSED)
        end.poll(now)
        later, _ = reopened(sockets, end, now)
        waits.append(later - now)
        now = later
        end.poll(now)
    # Three quarters of 1, 2, 4 ... 60 s: the random half of each wait is in its middle.
    assert waits == [750, 1500, 3000, 6000, 12000, 24000, 45000, 45000, 45000]
    assert end.counts["faults"] == 9
    assert not [each for each in sockets.made[:-1] if each.is_open]
    sockets.made[-1].accept()
    end.poll(now)
    assert end.is_up


def test_the_wait_is_short_again_after_something_was_heard():
    sockets, end = a_client()
    now = 0
    for _ in range(5):
        sockets.made[-1].fault = OSError(errno.ECONNREFUSED)
        end.poll(now)
        now, _ = reopened(sockets, end, now)
        end.poll(now)
    sockets.made[-1].accept()
    end.poll(now)
    sockets.made[-1].give(b"\x00")
    end.poll(now)
    sockets.made[-1].fault = OSError(errno.ECONNRESET)
    end.poll(now)
    assert end.next_deadline() - now == 750


def test_a_peer_that_closes_is_noticed_and_the_next_connection_begins_cleanly():
    sockets, end = connected()
    first = sockets.made[0]
    first.room = 3
    end.send(b"cut off", 10)
    end.poll(10)
    first.give(b"")
    assert end.poll(20) == []
    assert not end.is_up and not first.is_open
    now, second = reopened(sockets, end, 20)
    second.accept()
    end.send(b"whole", now)
    end.poll(now)
    end.poll(now)
    assert second.sent == b"\x00" + encode_frame(b"whole")
    second.give(b"\x11\x22" + encode_frame(b"answer"))
    assert end.poll(now) == [b"answer"]
    assert end.counts["refused"] == 1


def test_a_peer_that_vanishes_is_noticed_by_packets_without_an_answer():
    _, end = connected()
    for now in (5_000, 7_000, 11_000, 20_000):
        end.send(b"repeated", now)
        end.poll(now)
    end.poll(5_000 + SILENCE_MS - 1)
    assert end.is_up and end.next_deadline() == 5_000 + SILENCE_MS
    end.poll(5_000 + SILENCE_MS)
    assert not end.is_up and end.counts["faults"] == 1


def test_an_answer_to_any_of_them_will_do():
    sockets, end = connected()
    for now in (5_000, 7_000, 11_000):
        end.send(b"repeated", now)
        end.poll(now)
    sockets.made[0].give(encode_frame(b"acknowledgement"))
    end.poll(30_000)
    end.poll(5_000 + 2 * SILENCE_MS)
    assert end.is_up


def test_acknowledgements_are_not_expected_to_be_answered():
    sockets, end = connected()
    sockets.made[0].give(encode_frame(b"command"))
    end.poll(5_000)
    for _ in range(3):
        end.send(b"acknowledgement", 5_000)
    end.poll(5_000)
    end.poll(5_000 + 2 * SILENCE_MS)
    assert end.is_up


def test_a_quiet_connection_is_kept_alive_by_single_zeros():
    sockets, end = connected()
    socket = sockets.made[0]
    assert end.next_deadline() == KEEPALIVE_MS
    end.poll(KEEPALIVE_MS - 1)
    assert socket.sent == b""
    end.poll(KEEPALIVE_MS)
    assert socket.sent == b"\x00" and end.is_up
    end.send(b"reading", KEEPALIVE_MS + 10_000)
    end.poll(KEEPALIVE_MS + 10_000)
    assert end.next_deadline() == 2 * KEEPALIVE_MS + 10_000


def test_a_peer_that_takes_nothing_any_more_is_given_up():
    for is_connected in (False, True):
        sockets, end = connected() if is_connected else a_client()
        sockets.made[0].room = 0
        end.send(b"stuck", 1_000)
        end.poll(1_000)
        end.poll(1_000 + SILENCE_MS - 1_001)
        assert sockets.made[0].is_open
        end.poll(1_000 + SILENCE_MS)
        assert not sockets.made[0].is_open and not end.is_up


def test_a_peer_that_is_slow_now_and_then_is_not_given_up():
    sockets, end = connected()
    socket = sockets.made[0]
    for begin in (1_000, 40_000):
        socket.room = 0
        end.send(b"slow", begin)
        end.poll(begin)
        end.poll(begin + SILENCE_MS - 1)
        socket.room = 100
        end.poll(begin + SILENCE_MS - 1)
        socket.give(b"\x00")
        end.poll(begin + SILENCE_MS - 1)
    assert end.is_up


def test_a_name_is_looked_up_once_and_again_when_its_address_led_nowhere():
    sockets, end = a_client()
    assert sockets.lookups == 1
    sockets.made[0].accept()
    end.poll(10)
    for now in range(20, 5_000, 10):
        end.poll(now)
    assert sockets.lookups == 1
    sockets.made[0].fault = OSError(errno.ECONNRESET)
    end.poll(5_000)
    reopened(sockets, end, 5_000)
    assert sockets.lookups == 2


def test_a_name_server_that_does_not_answer_is_a_fault_like_any_other():
    sockets = Sockets()
    sockets.fault = OSError(-2)
    made = connection(sockets, Sockets.SOCK_STREAM, as_stream)
    end = tcp.Tcp(Bearer("tcp", 240), made, KEEPALIVE_MS)
    end.start(0)
    end.poll(0)
    assert end.counts["faults"] == 1 and not end.is_up
    sockets.fault = None
    _, socket = reopened(sockets, end, 0)
    assert socket.is_open


def test_without_wifi_there_is_no_connection_and_with_it_there_is_again():
    wlan = Wlan()
    sockets, end = a_client(wifi.Station(wlan, "ground floor", "secret", Backoff(middle)))
    assert wlan.calls == ["on", ("ground floor", "secret")] and not sockets.made
    assert end.next_deadline() >= wifi.JOIN_MS
    wlan.joined = True
    end.poll(2_000)
    sockets.made[0].accept()
    end.poll(2_010)
    assert end.is_up
    wlan.joined = False
    end.poll(9_000)
    assert not end.is_up and not sockets.made[0].is_open
    assert end.counts["faults"] == 0
    wlan.joined = True
    end.poll(9_500)
    sockets.made[1].accept()
    end.poll(9_510)
    assert end.is_up


def test_stopping_closes_the_socket_and_switches_the_radio_off():
    wlan = Wlan()
    wlan.joined = True
    sockets, end = a_client(wifi.Station(wlan, "ground floor", "secret", Backoff(middle)))
    sockets.made[0].accept()
    end.poll(10)
    end.stop()
    assert not end.is_up and not sockets.made[0].is_open and wlan.calls == ["off"]
    assert end.poll(100_000) == [] and len(sockets.made) == 1
    assert end.next_deadline() is None
    end.start(100_000)
    end.poll(100_000)
    assert len(sockets.made) == 2


class Board:
    random = staticmethod(middle)


def test_it_is_built_from_settings_and_mistakes_are_named():
    end = tcp.build({"host": "127.0.0.1", "port": 1}, Board())
    assert (end.bearer.name, end.bearer.mtu) == ("tcp", 240)
    assert "port: needed" in str(raises(ValueError, tcp.build, {"host": "hub"}, Board()))
    settings = {"host": "hub", "port": 1, "tls": True}
    assert "tls: no such setting" in str(raises(ValueError, tcp.build, settings, Board()))
