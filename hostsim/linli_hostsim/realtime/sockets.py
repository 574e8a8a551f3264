"""A twin's way to a live hub: the firmware's own bearer on a socket that asyncio watches."""

import asyncio
import os
import socket
from collections.abc import Callable
from typing import cast

from simpy import Environment

from linli_firmware.bearers import tcp, udp
from linli_firmware.bearers.backoff import Backoff
from linli_firmware.bearers.connection import Connection, addresses, as_datagrams, as_stream
from linli_protocol.bearer import Bearer

from ..clockwork import US_PER_MS, now_us
from ..packet import HUB, Direction, Fate, Packet
from ..tracker import Tracker
from ..twins import Twin, Way
from ..waker import Waker
from .pace import Pace

_KEEPALIVE_MS = 1000 * cast(int, tcp.DEFAULTS["keepalive_s"])
# Bytes; the kernel's default is a hundred times a device's, which 2 000 sockets would hold.
_BUFFER = 8192


class SocketWay:
    """The way over `kind`, "tcp" or "udp", to `server` for the device `device`.

    The server's address may be several, as a device's setting "host" may.
    `attach` says whose it is. The socket is opened with the first packet after each start.
    """

    def __init__(
        self,
        env: Environment,
        pace: Pace,
        tracker: Tracker,
        kind: str,
        server: tuple[str | list[str], int],
        device: int,
    ) -> None:
        self._env = env
        self._pace = pace
        self._tracker = tracker
        self._kind = kind
        self._device = device
        self._is_started = False
        self._was_up = True
        hosts, port = addresses(server[0]), server[1]
        backoff = Backoff(os.urandom)
        sockets = _Sockets(self._readable)
        if kind == "tcp":
            stream = Connection(sockets, socket.SOCK_STREAM, hosts, port, None, backoff, as_stream)
            self._transport: tcp.Tcp | udp.Udp = tcp.Tcp(self.new_bearer(), stream, _KEEPALIVE_MS)
        else:
            datagrams = Connection(
                sockets, socket.SOCK_DGRAM, hosts, port, None, backoff, as_datagrams
            )
            self._transport = udp.Udp(self.new_bearer(), datagrams)
        self._waker = Waker(env, self._transport.next_deadline, self._act)

    def way(self) -> Way:
        """Return the twin's view."""
        return Way(self._kind, self.new_bearer, self._put, self._switch_off)

    def new_bearer(self) -> Bearer:
        """Return the link's part, anew at each start."""
        made = tcp if self._kind == "tcp" else udp
        return Bearer(self._kind, made.MTU, made.ACK_TIMEOUT_MS)

    def attach(self, twin: Twin, number: int) -> None:
        """Have the twin's way of that number be this one."""
        self._twin = twin
        self._number = number
        self._sink = twin.sink(number)

    def _put(self, packet: Packet) -> None:
        self._tracker.settle(packet, Fate.DELIVERED)
        now = now_us(self._env) // US_PER_MS
        if not self._is_started:
            self._is_started = True
            self._was_up = True
            self._transport.start(now)
        self._transport.send(packet.payload, now)
        self._act()

    def _switch_off(self) -> None:
        self._is_started = False
        self._transport.stop()

    def _readable(self) -> None:
        try:
            self._pace.catch_up()
            self._act()
        except Exception as error:
            self._pace.fail(error)
            return
        self._pace.plan()

    def _act(self) -> None:
        """Move what can be moved; like `linli_firmware.node.way`."""
        if not self._is_started:
            return
        now = now_us(self._env) // US_PER_MS
        arrived = self._transport.poll(now)
        self._waker.sleep()
        if self._transport.is_up != self._was_up:
            self._was_up = self._transport.is_up
            self._twin.core.link.set_up(self._number, self._was_up, now)
            if self._was_up and self._transport.is_connection:
                self._twin.core.connected(self._number, now)
            self._twin.act()
        for data in arrived:
            packet = Packet(
                source=HUB,
                destination=self._device,
                payload=data,
                priority=0,
                kind=0,
                bearer=self._kind,
                direction=Direction.DOWN,
                sent_us=now_us(self._env),
            )
            self._tracker.create(packet)
            self._sink(packet)


class _Sockets:
    """What the firmware asks of the module socket; `readable` is called when one has something."""

    AF_INET = socket.AF_INET
    SOCK_STREAM = socket.SOCK_STREAM
    SOCK_DGRAM = socket.SOCK_DGRAM
    getaddrinfo = staticmethod(socket.getaddrinfo)

    def __init__(self, readable: Callable[[], None]) -> None:
        self._readable = readable

    def socket(self, family: int, kind: int) -> "_Watched":
        """Return a socket that the running loop watches until it is closed."""
        made = _Watched(family, kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        asyncio.get_running_loop().add_reader(made, self._readable)
        return made


class _Watched(socket.socket):
    def close(self) -> None:
        if self.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self)
        super().close()
