"""An attacker on a bearer, who sends recorded packets again and forges others.

Over LoRa the frames come from a radio of the attacker's own and take air like any other; on a bus
they take polls of the device whose address they bear, on IP they come by that device's path.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from random import Random

from simpy import Environment

from linli_protocol.packet import HEADER_LENGTH

from ..clockwork import US_PER_S, now_us
from ..packet import Direction, Fate, Packet
from ..scenario import Attack
from ..tracker import Tracker
from .timing import poisson

RECORDED_PACKETS = 1_000
"""The latest that the attacker keeps; our own figure."""
_COUNTER_BYTES = 2


class FalsePacket(Packet):
    """A packet that an attacker sends; its addresses are those that it claims."""

    __slots__ = ()


class Attacker:
    """Hears the packets of a bearer in one direction; false ones enter by `put` from `begin` on."""

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        random: Random,
        attack: Attack,
        put: Callable[[Packet], None],
    ) -> None:
        self.sent = 0
        self._env = env
        self._tracker = tracker
        self._random = random
        self._attack = attack
        self._put = put
        self._direction = Direction.UP if attack.towards == "hub" else Direction.DOWN
        self._recorded: deque[Packet] = deque(maxlen=RECORDED_PACKETS)
        self._until_us = 0

    def hear(self, packet: Packet) -> None:
        """Record a packet whose journey has ended, if it came this attacker's way."""
        if (
            packet.bearer == self._attack.bearer
            and packet.direction is self._direction
            and packet.fate is Fate.DELIVERED
            and not isinstance(packet, FalsePacket)
        ):
            self._recorded.append(packet)

    def begin(self) -> None:
        """Attack from now on."""
        is_new = not self._until_us
        self._until_us = now_us(self._env) + round(self._attack.minutes * 60 * US_PER_S)
        if not is_new:
            return
        for per_s, content in (
            (self._attack.replays_per_s, _same),
            (self._attack.forgeries_per_s, self._forged),
        ):
            if per_s:
                poisson(self._env, self._random, per_s / US_PER_S, partial(self._send, content))

    def _send(self, content: Callable[[bytes], bytes]) -> None:
        now = now_us(self._env)
        if now >= self._until_us or not self._recorded:
            return
        model = self._random.choice(self._recorded)
        packet = FalsePacket(
            source=model.source,
            destination=model.destination,
            payload=content(model.payload),
            priority=model.priority,
            kind=model.kind,
            bearer=model.bearer,
            direction=model.direction,
            sent_us=now,
        )
        self.sent += 1
        self._tracker.create(packet)
        self._put(packet)

    def _forged(self, payload: bytes) -> bytes:
        head = HEADER_LENGTH - _COUNTER_BYTES
        return payload[:head] + self._random.randbytes(len(payload) - head)


def _same(payload: bytes) -> bytes:
    return payload
