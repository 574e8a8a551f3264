"""Several addresses of one hub: each is tried in turn, and what answers is kept."""

import errno

from linli_firmware.bearers import connection as module
from linli_firmware.bearers import tcp, udp
from linli_firmware.bearers.connection import (
    CONNECT_MS,
    SETTLED_MS,
    TAKE_OVER_MS,
    addresses,
    as_datagrams,
    as_stream,
)
from linli_firmware.bearers.silence import SHORT_SILENCE_MS
from linli_protocol.bearer import Bearer
from linli_protocol.framing import encode_frame
from nets import Sockets, connection
from support import raises

HOSTS = ("one", "two", "three", "four")
# The middle of the first wait.
WAIT_MS = 750


class Site:
    """A device's way to HOSTS, each of which does with a connection what `does` says."""

    def __init__(self, kind=Sockets.SOCK_STREAM, hosts=HOSTS, **does):
        self.now = 0
        self.sockets = Sockets()
        self.does = does
        self.tried = []
        if kind == Sockets.SOCK_STREAM:
            made = connection(self.sockets, kind, as_stream, hosts=hosts)
            self.way = tcp.Tcp(Bearer("tcp", 240), made, 60_000)
        else:
            made = connection(self.sockets, kind, as_datagrams, hosts=hosts)
            self.way = udp.Udp(Bearer("udp", 240), made)
        self.way.start(0)

    @property
    def socket(self):
        return self.sockets.made[-1]

    def run(self, ms, every_ms=0):
        """Let time pass, with a packet `every_ms`; return when the way last came up."""
        end = self.now + ms
        send_at = self.now + every_ms if every_ms else end + 1
        up_at = None
        last = len(self.sockets.made) if self.way.is_up else 0
        while True:
            self.poll()
            if self.way.is_up and len(self.sockets.made) != last:
                up_at = self.now
                last = len(self.sockets.made)
            if self.now >= send_at:
                send_at += every_ms
                if self.way.is_up:
                    self.way.send(b"packet", self.now)
            if self.now >= end:
                return up_at
            self.now += min(50, end - self.now)

    def poll(self):
        """Poll until nothing is due any more."""
        for _ in range(3 * len(HOSTS)):
            self.way.poll(self.now)
            if len(self.tried) < len(self.sockets.made):
                self.tried.append((self.now, self.socket.address[0]))
            if self.sockets.made and self.socket.is_open:
                self.act(self.does.get(self.socket.address[0], "refuse"))
                self.way.poll(self.now)
            due = self.way.next_deadline()
            if due is None or due > self.now:
                return
        raise AssertionError("tried again and again without a pause")

    def act(self, how):
        socket = self.socket
        if how == "refuse":
            socket.fault = OSError(errno.ECONNREFUSED)
        elif how == "close":
            socket.accept()
            socket.give(b"")
        elif how in ("serve", "silent"):
            socket.accept()
            if how == "serve" and len(socket.sent) > 1:
                socket.sent = b""
                socket.give(encode_frame(b"answer"))

    def order(self):
        return [host for _, host in self.tried]


def test_a_refused_connection_costs_nothing_while_another_address_is_left():
    site = Site(four="serve")
    site.run(100)
    assert site.way.is_up and site.tried == [(0, host) for host in HOSTS]
    assert site.way.counts["faults"] == 3


def test_only_a_whole_round_in_vain_is_waited_after():
    site = Site()
    site.run(2 * WAIT_MS + 100)
    rounds = [(at, host) for at in (0, WAIT_MS, 2 * WAIT_MS) for host in HOSTS]
    assert site.tried == rounds


def test_waits_grow_once_no_take_over_lasts_so_long():
    site = Site()
    site.run(300_000)
    times = [at for at, host in site.tried if host == HOSTS[0]]
    waits = [times[at + 1] - times[at] for at in range(len(times) - 1)]
    count = TAKE_OVER_MS // WAIT_MS
    assert waits[:count] == [WAIT_MS] * count
    assert waits[count + 2 : count + 6] == [1_500, 3_000, 6_000, 6_000]
    assert waits[-1] == 6_000


def test_an_address_from_which_nothing_comes_is_given_up():
    site = Site(one="nothing", two="serve")
    assert site.run(CONNECT_MS + 100) == CONNECT_MS
    assert site.tried == [(0, "one"), (CONNECT_MS, "two")]


def test_the_only_address_is_waited_for_as_ever():
    site = Site(hosts=("one",), one="nothing")
    site.run(4 * CONNECT_MS)
    assert site.tried == [(0, "one")]


def test_the_address_that_works_is_kept():
    site = Site(three="serve")
    site.run(600_000, every_ms=30_000)
    assert site.order() == ["one", "two", "three"] and site.way.is_up


def test_a_silent_hub_is_left_after_two_packets():
    site = Site(one="serve", two="silent", three="serve")
    site.run(SETTLED_MS + 1_000, every_ms=1_000)
    site.does["one"] = "silent"
    begin = site.now + 1_000
    up_at = site.run(12_000, every_ms=1_000)
    assert site.order() == ["one", "two", "three"]
    assert up_at <= begin + 2 * SHORT_SILENCE_MS + 1_000


def test_one_packet_without_an_answer_proves_nothing():
    site = Site(one="silent")
    site.run(10)
    site.way.send(b"packet", site.now)
    site.run(50_000)
    assert site.order() == ["one"]


def test_a_hub_that_closes_is_left_at_once_and_found_again():
    site = Site(one="serve")
    site.run(SETTLED_MS, every_ms=1_000)
    assert site.way.is_up
    site.socket.give(b"")
    site.does = {"two": "serve"}
    begin = site.now
    assert site.run(100) is not None
    assert site.tried[1:] == [(begin, "two")]
    # The primary of old comes back to serve: nobody moves until the other one goes.
    site.does["one"] = "serve"
    site.run(60_000, every_ms=1_000)
    assert site.tried[1:] == [(begin, "two")]


def test_hubs_that_accept_and_close_are_not_tried_without_a_pause():
    site = Site(one="close", two="close", three="close", four="close")
    site.run(10_000)
    assert len(site.tried) <= 4 * (1 + 10_000 // WAIT_MS)


def test_hubs_that_answer_and_close_are_not_tried_without_a_pause():
    site = Site(hosts=("one", "two"), one="serve", two="serve")
    for _ in range(1_000):
        site.run(10)
        if site.way.is_up:
            site.socket.give(encode_frame(b"answer"))
            site.socket.give(b"")
    assert len(site.tried) <= 2 * (1 + 10_000 // WAIT_MS)


def take_over(silent_ms, begin, gone="nothing"):
    """Return when the way is up again if a hub dies at `begin` and another serves 15 s later."""
    site = Site(one="serve")
    site.run(begin, every_ms=1_000)
    if gone == "refuse":
        site.socket.give(b"")
    site.does = {"one": gone if gone == "refuse" else "silent"}
    site.run(10)
    died_at = site.now
    site.run(silent_ms, every_ms=1_000)
    site.does["one"] = gone
    site.run(15_000 - silent_ms, every_ms=1_000)
    site.does["three"] = "serve"
    up_at = site.run(30_000, every_ms=1_000)
    assert site.tried[-1][1] == "three"
    return up_at - died_at


def test_a_take_over_of_15_s_is_over_for_devices_within_20():
    for begin in range(10_000, 14_000, 370):
        for gone in ("refuse", "nothing"):
            assert take_over(2_000, begin, gone) < 20_000


def test_names_are_not_looked_up_one_after_the_other_while_nobody_answers():
    site = Site()
    site.sockets.fault = OSError(-2)
    site.run(WAIT_MS - 10)
    assert site.sockets.lookups == 1
    site.run(WAIT_MS)
    assert site.sockets.lookups == 2
    site.sockets.fault = None
    site.does = {"four": "serve"}
    site.run(WAIT_MS)
    assert site.way.is_up and site.order() == ["three", "four"]


def test_without_a_network_no_address_is_tried_and_none_forgotten():
    site = Site(two="serve")
    site.run(100)
    made = site.way._connection

    class NoNetwork:
        def poll(self, now):
            return False

        def next_deadline(self):
            return 1_000_000

        def rssi_dbm(self):
            return None

    made.station = NoNetwork()
    site.run(10_000)
    assert not site.way.is_up and len(site.tried) == 2
    made.station = None
    site.run(100)
    assert site.order() == ["one", "two", "two"]


def udp_site(**does):
    site = Site(Sockets.SOCK_DGRAM, **does)
    site.run(10)
    return site


def answer(site):
    site.socket.give(b"answer")
    site.run(10)


def test_datagrams_without_an_answer_lead_to_the_next_address():
    site = udp_site(one="silent", two="silent")
    site.run(60_000)
    assert site.order() == ["one"]
    site.way.send(b"packet", site.now)
    site.run(CONNECT_MS - 10)
    assert site.order() == ["one"]
    site.run(20)
    assert site.order() == ["one", "two"] and site.way.is_up


def test_an_address_that_has_answered_datagrams_has_longer():
    site = udp_site(one="silent", two="silent")
    site.way.send(b"packet", site.now)
    answer(site)
    site.run(10_000)
    site.way.send(b"one", site.now)
    site.run(60_000)
    assert site.order() == ["one"]
    site.way.send(b"two", site.now)
    site.run(10)
    assert site.order() == ["one", "two"]
    site.way.send(b"packet", site.now)
    answer(site)
    site.run(60_000)
    assert site.order() == ["one", "two"]


def test_the_node_hears_that_the_way_of_datagrams_has_changed():
    site = udp_site(one="silent", two="silent")
    site.way.send(b"packet", site.now)
    site.now += CONNECT_MS
    site.way.poll(site.now)
    assert not site.way.is_up
    site.way.poll(site.now)
    assert site.way.is_up


def test_a_closed_port_costs_datagrams_nothing():
    site = udp_site(three="silent")
    site.run(10)
    assert site.order() == ["one", "two", "three"]


def test_an_address_or_a_list_of_them_is_taken_and_nothing_else():
    assert addresses("192.0.2.1") == ["192.0.2.1"]
    assert addresses(["192.0.2.1", "hub.example"]) == ["192.0.2.1", "hub.example"]
    for bad in ("", [], [""], ["192.0.2.1", 7], 7, None, {}, [["192.0.2.1"]], True):
        assert str(raises(ValueError, addresses, bad)).startswith("host: ")


def test_only_a_choice_of_addresses_makes_it_impatient():
    class Board:
        @staticmethod
        def random(count):
            return bytes(count)

    one = {"host": "127.0.0.1", "port": 1}
    several = {"host": ["127.0.0.1", "127.0.0.2"], "port": 1}
    assert tcp.build(one, Board)._silence.limit_ms == tcp.SILENCE_MS
    assert tcp.build(several, Board)._silence.limit_ms == SHORT_SILENCE_MS
    assert udp.build(one, Board)._silence is None
    assert udp.build(several, Board)._silence.limit_ms == SHORT_SILENCE_MS
    for kind in (tcp, udp):
        wrong = {"host": [], "port": 1}
        assert "host: " in str(raises(ValueError, kind.build, wrong, Board))
    assert module.CONNECT_MS < SHORT_SILENCE_MS
