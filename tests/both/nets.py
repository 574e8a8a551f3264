"""A network without one: the module socket and a Wi-Fi station, worked by the test."""

import errno

from linli_firmware.bearers.backoff import Backoff
from linli_firmware.bearers.connection import Connection


class Socket:
    """A socket as MicroPython's are: a stream too. It connects when the test calls `accept`.

    `sent` is what was taken, at most `room` more of it; `give` lets bytes or datagrams arrive, b""
    the end; `fault` is raised by the next call.
    """

    def __init__(self, kind):
        self.kind = kind
        self.address = None
        self.sent = b""
        self.room = 0
        self.fault = None
        self.is_open = True
        self.is_connected = kind == Sockets.SOCK_DGRAM
        self._arrived = []

    def setblocking(self, flag):
        assert not flag

    def connect(self, address):
        self._check()
        self.address = address
        if self.kind == Sockets.SOCK_DGRAM:
            self.room = 1 << 20
        else:
            raise OSError(errno.EINPROGRESS, "connecting")

    def accept(self):
        self.is_connected = True
        self.room = 1 << 20

    def give(self, data):
        self._arrived.append(data)

    def read(self, count):
        self._check()
        if not self._arrived:
            return None
        data = self._arrived[0]
        if data:
            self._arrived[:1] = [data[count:]] if data[count:] else []
        return data[:count]

    def write(self, data):
        self._check()
        count = min(len(data), self.room)
        self.sent += data[:count]
        self.room -= count
        return count or None

    def recv(self, count):
        self._check()
        if not self._arrived:
            raise OSError(errno.EAGAIN, "not now")
        return self._arrived.pop(0)[:count]

    def send(self, data):
        self._check()
        if self.room < len(data):
            raise OSError(errno.EAGAIN, "not now")
        self.sent += data
        self.room -= len(data)
        return len(data)

    def close(self):
        self.is_open = False

    def _check(self):
        assert self.is_open, "used after close"
        if self.fault:
            raise self.fault


class Sockets:
    """The module. `made` holds every socket; `lookups` counts names; `fault` is raised by both."""

    AF_INET = 2
    SOCK_STREAM = 1
    SOCK_DGRAM = 2

    def __init__(self):
        self.made = []
        self.lookups = 0
        self.fault = None

    def getaddrinfo(self, host, port, family, kind):
        self.lookups += 1
        if self.fault:
            raise self.fault
        return [(2, kind, 0, "", (host, port))]

    def socket(self, family, kind):
        if self.fault:
            raise self.fault
        self.made.append(Socket(kind))
        return self.made[-1]


class Wlan:
    """A station that is joined when the test says so; `calls` says what was asked of it."""

    def __init__(self):
        self.joined = False
        self.fault = None
        self.calls = []

    def _note(self, call):
        self.calls.append(call)
        if self.fault:
            raise self.fault

    def active(self, on):
        self._note("on" if on else "off")

    def connect(self, ssid, key):
        self._note((ssid, key))

    def disconnect(self):
        self._note("leave")

    def isconnected(self):
        return self.joined

    def status(self, what):
        assert what == "rssi"
        self._note(what)
        return -67


def middle(count):
    """Return `count` "random" bytes: always the middle of the range."""
    return b"\x80" + bytes(count - 1)


def connection(sockets, kind, wrap, station=None, hosts=("hub",)):
    return Connection(
        sockets,
        kind,
        hosts,
        4100,
        station,
        Backoff(middle),
        wrap,
        lambda raw: raw.is_connected or raw.fault is not None,
    )
