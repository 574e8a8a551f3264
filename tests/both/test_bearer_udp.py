import errno

from linli_firmware.bearers import udp
from linli_firmware.bearers.connection import as_datagrams
from linli_protocol.bearer import Bearer
from nets import Sockets, connection, middle
from support import raises


def a_client():
    sockets = Sockets()
    end = udp.Udp(Bearer("udp", 240), connection(sockets, Sockets.SOCK_DGRAM, as_datagrams))
    end.start(0)
    end.poll(0)
    return sockets, end


def test_it_is_up_at_once_and_talks_to_the_hub_alone():
    sockets, end = a_client()
    assert end.is_up and sockets.made[0].address == ("hub", 4100)


def test_packets_are_datagrams_both_ways():
    sockets, end = a_client()
    end.send(b"reading", 10)
    assert end.next_deadline() == 10
    sockets.made[0].give(b"command")
    sockets.made[0].give(b"time")
    assert end.poll(10) == [b"command", b"time"]
    assert sockets.made[0].sent == b"reading" and end.next_deadline() is None


def test_what_is_longer_than_a_packet_is_refused():
    sockets, end = a_client()
    sockets.made[0].give(b"x" * 240)
    sockets.made[0].give(b"x" * 241)
    sockets.made[0].give(b"x" * 1400)
    assert end.poll(10) == [b"x" * 240]
    assert end.counts["refused"] == 2


def test_a_full_network_is_asked_again():
    sockets, end = a_client()
    sockets.made[0].room = 10
    end.send(b"12345678", 0)
    end.send(b"abcdefgh", 0)
    end.poll(0)
    assert sockets.made[0].sent == b"12345678" and end.next_deadline() > 0
    sockets.made[0].room = 100
    end.poll(end.next_deadline())
    assert sockets.made[0].sent == b"12345678abcdefgh"


def test_a_flood_is_taken_in_portions():
    sockets, end = a_client()
    for number in range(30):
        sockets.made[0].give(bytes([number]))
    first = end.poll(0)
    assert 0 < len(first) < 30
    for now in range(10):
        first += end.poll(now)
    assert len(first) == 30


def test_a_hub_that_is_not_there_takes_the_way_down_for_a_while():
    sockets, end = a_client()
    sockets.made[0].fault = OSError(errno.ECONNREFUSED)
    end.poll(10)
    assert not end.is_up and end.counts["faults"] == 1
    end.poll(end.next_deadline())
    assert end.is_up and not sockets.made[0].is_open


def test_an_empty_datagram_does_not_deafen_the_device():
    sockets, end = a_client()
    sockets.made[0].give(b"")
    assert end.poll(10) == []
    end.poll(end.next_deadline())
    sockets.made[1].give(b"command")
    assert end.poll(5_000) == [b"command"]


class Board:
    random = staticmethod(middle)


def test_it_is_built_from_settings_and_mistakes_are_named():
    assert udp.build({"host": "127.0.0.1", "port": 1}, Board()).bearer.name == "udp"
    assert "host: needed" in str(raises(ValueError, udp.build, {"port": 1}, Board()))
