"""Wi-Fi or Ethernet: each device has a path of its own to the hub and back."""

import random
from collections.abc import Callable

from simpy import Environment

from linli_protocol.bearer import Bearer

from ..clockwork import US_PER_MS
from ..network import NetworkLink
from ..packet import Out, Packet
from ..roster import Member
from ..scenario import IpPath
from ..streams import stream
from ..tracker import Tracker
from .connection import Connection

MTU = 240
"""Fits a device's small buffers; our own figure."""
ACK_TIMEOUT_MS = 1_000
"""Ten times what a busy Wi-Fi takes there and back; our own figure."""


def link(
    env: Environment, tracker: Tracker, random: random.Random, path: IpPath, out: Out | None = None
) -> NetworkLink:
    """Return one direction of `path`, leading to `out`."""
    mean_us = path.jitter_ms * US_PER_MS
    jitter: Callable[[], int] = (
        (lambda: int(random.expovariate(1 / mean_us))) if mean_us else (lambda: 0)
    )
    made = NetworkLink(
        env,
        tracker,
        random,
        path.bits_per_s,
        round(path.base_ms * US_PER_MS),
        jitter,
        path.loss,
        path.header_bytes,
        path.queue_packets,
        path.store_packets,
    )
    if out is not None:
        made.out = out
    return made


class IpNetwork:
    """All devices on the bearer `name`; uplinks go `out`, downlinks enter by `put`."""

    def __init__(
        self, env: Environment, tracker: Tracker, name: str, path: IpPath, seed: int, out: Out
    ) -> None:
        self._env = env
        self._tracker = tracker
        self._name = name
        self._path = path
        self._seed = seed
        self._out = out
        self._down: dict[int, NetworkLink] = {}

    def connect(self, member: Member) -> Connection:
        """Connect a device."""
        random = stream(self._seed, member.id, self._name)
        up = link(self._env, self._tracker, random, self._path, self._out)
        down = self._down[member.id] = link(self._env, self._tracker, random, self._path)

        def deliver_to(sink: Out) -> None:
            down.out = sink

        def new_end() -> Bearer:
            return Bearer(self._name, MTU, ACK_TIMEOUT_MS)

        # What the device has handed over is on its way within microseconds: nothing waits there.
        return Connection(new_end, new_end(), up.put, deliver_to, lambda: None)

    def put(self, packet: Packet) -> None:
        """Send a downlink to its destination."""
        self._down[packet.destination].put(packet)
