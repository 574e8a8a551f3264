"""Clients of one server, each with a connection of its own, and the load that they offer.

The load is open: a packet is due when its time has come, whatever became of those before it, and
its delay counts from when it was due. So a server that stalls does not slow its load down, and no
delay is left out (coordinated omission).
"""

import random
import select
import socket
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ...failure import Failure

# Clients that connect and join at a time.
_AT_ONCE = 48
_READ_BYTES = 4096
# Packets sent before those that came are looked at.
_SENT_AT_ONCE = 32
_EVENTS = 256
# More than a link has, for each client: load is not held back.
_ON_THEIR_WAY = 64
_PATIENCE_S = 60.0


class Client(Protocol):
    """One end of a connection."""

    ready: bool

    def begin(self) -> bytes:
        """Return what it sends first."""
        ...

    def say(self) -> tuple[int, int, bytes]:
        """Return its next message: the kind, what its acknowledgement will name, bytes."""
        ...

    def hear(self, data: bytes) -> tuple[bytes, list[int]]:
        """Take bytes of the server; return what it answers, and what was acknowledged."""
        ...


@dataclass
class Window:
    """A part of a load: seconds from when packets were due to their acknowledgement.

    It begins at `began`, a time of the monotonic clock; delays stand in the window of their ends.
    """

    began: float
    delays: "array[float]" = field(default_factory=lambda: array("f"))
    alarms: "array[float]" = field(default_factory=lambda: array("f"))


@dataclass
class Offered:
    """What came of a load: `unanswered` of the packets `sent` were never acknowledged."""

    windows: list[Window]
    window_s: float
    sent: int = 0
    bytes: int = 0
    unanswered: int = 0
    began: float = 0.0
    ended: float = 0.0
    sent_by_kind: dict[int, int] = field(default_factory=dict)
    latest_s: float = 0.0
    """How late after it was due the latest packet was sent: the load's own fault."""

    @property
    def acknowledged(self) -> int:
        """How many packets were acknowledged."""
        return sum(len(window.delays) for window in self.windows)

    @property
    def seconds(self) -> float:
        """How long it took until the last one was sent."""
        return self.ended - self.began


Ended = Callable[[Window], None]
"""Hears of a window as it ends."""

Raised = Callable[[int, float], None]
"""Hears of an alarm: the number of its client, and when it was due by the monotonic clock."""


class Load:
    """Connects `clients` to `port` on this host; `alarm` is the kind whose delays are told apart.

    Failure when the server closes a connection. `raised` hears of alarms.
    """

    def __init__(
        self,
        port: int,
        clients: Sequence[Client],
        alarm: int | None = None,
    ) -> None:
        self.raised: Raised | None = None
        self._port = port
        self._clients = clients
        self._alarm = alarm
        self._poll = select.epoll()
        self._sockets: list[socket.socket] = []
        self._by_descriptor: dict[int, int] = {}
        self._waiting: dict[tuple[int, int], tuple[float, bool]] = {}
        self._order = list(range(len(clients)))
        random.Random(1).shuffle(self._order)
        self._next = 0

    def settle(self, progress: Callable[[int, int], None]) -> None:
        """Connect, and wait until all clients are ready."""
        clients, ready = self._clients, 0
        last = time.monotonic()
        while ready < len(clients):
            while len(self._sockets) < len(clients) and len(self._sockets) - ready < _AT_ONCE:
                self._connect()
            for descriptor, _ in self._poll.poll(1.0, _EVENTS):
                index = self._by_descriptor[descriptor]
                was_ready = clients[index].ready
                self._hear(index)
                if clients[index].ready and not was_ready:
                    ready += 1
                    last = time.monotonic()
            progress(ready, len(clients))
            if time.monotonic() - last > _PATIENCE_S:
                raise Failure(f"{len(clients) - ready} clients cannot join")

    def offer(self, rate: float, seconds: float, window_s: float, ended: Ended) -> Offered:
        """Send `rate` packets a second, by each client in its turn."""
        count = round(rate * seconds)
        done = Offered([], window_s=window_s)
        self._run(done, count, lambda sent: sent / rate, len(self._clients) * _ON_THEIR_WAY, ended)
        return done

    def saturate(self, outstanding: int, seconds: float) -> Offered:
        """Send as fast as packets are acknowledged, `outstanding` of them on their way."""
        done = Offered([], window_s=seconds)
        self._run(done, None, lambda sent: 0.0, outstanding, lambda window: None, seconds)
        return done

    def close(self) -> None:
        """Close all connections."""
        for each in self._sockets:
            each.close()
        self._poll.close()

    def _connect(self) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port), _PATIENCE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        index = len(self._sockets)
        self._sockets.append(connection)
        self._by_descriptor[connection.fileno()] = index
        connection.sendall(self._clients[index].begin())
        connection.setblocking(False)
        self._poll.register(connection, select.EPOLLIN)

    def _run(
        self,
        done: Offered,
        count: int | None,
        due_after: Callable[[int], float],
        outstanding: int,
        ended: Ended,
        seconds: float = float("inf"),
    ) -> None:
        began = done.began = time.monotonic()
        done.windows.append(Window(began))
        end = began + seconds
        while True:
            now = time.monotonic()
            if now >= end or done.sent == count:
                break
            if now - done.windows[-1].began >= done.window_s:
                ended(done.windows[-1])
                done.windows.append(Window(now))
            for _ in range(_SENT_AT_ONCE):
                due = began + due_after(done.sent)
                if due > now or done.sent == count or len(self._waiting) >= outstanding:
                    break
                # Of what is sent as fast as it goes, all is due when it is sent.
                self._send(done, due if count is not None else now)
                done.latest_s = max(done.latest_s, now - due if count is not None else 0.0)
            wait_s = began + due_after(done.sent) - now if count is not None else 0.001
            self._look(done, min(max(wait_s, 0.0), 0.1))
        done.ended = time.monotonic()
        while self._waiting and time.monotonic() < done.ended + _PATIENCE_S:
            self._look(done, 0.1)
        ended(done.windows[-1])
        done.unanswered = len(self._waiting)
        self._waiting.clear()

    def _send(self, done: Offered, due: float) -> None:
        index = self._order[self._next]
        self._next = (self._next + 1) % len(self._order)
        client = self._clients[index]
        kind, mark, frame = client.say()
        is_alarm = kind == self._alarm
        self._waiting[index, mark] = due, is_alarm
        if is_alarm and self.raised is not None:
            self.raised(index, due)
        try:
            sent = self._sockets[index].send(frame)
        except OSError as error:
            raise Failure(f"a connection was closed: {error.strerror}") from error
        if sent != len(frame):
            raise Failure("the server does not read what it is sent")
        done.sent += 1
        done.bytes += len(frame)
        done.sent_by_kind[kind] = done.sent_by_kind.get(kind, 0) + 1

    def _look(self, done: Offered, wait_s: float) -> None:
        window = done.windows[-1]
        for descriptor, _ in self._poll.poll(wait_s, _EVENTS):
            index = self._by_descriptor[descriptor]
            for mark in self._hear(index):
                known = self._waiting.pop((index, mark), None)
                if known is not None:
                    delay_s = time.monotonic() - known[0]
                    window.delays.append(delay_s)
                    if known[1]:
                        window.alarms.append(delay_s)

    def _hear(self, index: int) -> list[int]:
        try:
            data = self._sockets[index].recv(_READ_BYTES)
        except OSError as error:
            raise Failure(f"a connection was closed: {error.strerror}") from error
        if not data:
            raise Failure("the server has closed a connection")
        answer, acknowledged = self._clients[index].hear(data)
        if answer:
            self._sockets[index].send(answer)
        return acknowledged
