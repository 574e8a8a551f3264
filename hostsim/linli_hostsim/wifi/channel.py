"""A channel that stations share: one frame at a time, after a back-off, again after a collision."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from heapq import heappop, heappush

from simpy import Environment

from ..clockwork import at, now_us
from .dcf import CW_MAX, CW_MIN, DIFS_US, SLOT_US

OTHERS_US = 1_000
"""How long strangers hold the channel at a time; our own figure."""


class Outcome(Enum):
    """What became of a frame: acknowledged, or given up after a collision or after noise."""

    ACKNOWLEDGED = 0
    COLLIDED = 1
    SPOILT = 2


@dataclass(slots=True, eq=False)
class Frame:
    """What holds the channel for `exchange_us`; `done` is told the outcome and the airtime.

    The outcome is None when its sender lost it.
    """

    exchange_us: int
    done: Callable[[Outcome | None, int], None]
    attempts: int = 0


class Channel:
    """802.11's distributed coordination function (IEEE 802.11-2020, 10.3) among Senders.

    Every sender hears every other. A frame that comes to an idle channel goes at once; otherwise,
    and after each frame, its sender counts down as many idle slots as it has drawn. Those whose
    counts end in the same slot collide. A frame is spoilt by noise with chance `loss`, and is given
    up after `attempts`. Strangers hold the channel for the share `others_load` of the time, for
    OTHERS_US after exponential gaps; nobody collides with them.
    """

    def __init__(
        self,
        env: Environment,
        random: random.Random,
        loss: float,
        attempts: int,
        others_load: float = 0.0,
    ) -> None:
        self.busy_us = 0
        self._env = env
        self._random = random
        self._loss = loss
        self._attempts = attempts
        self._others_load = others_load
        # Slots are counted while the channel is idle: _slots of them before _idle_us, when it is
        # idle for DIFS or was last known to be. A count ends in a slot of its own number.
        self._slots = 0
        self._idle_us = 0
        self._is_busy = False
        self._counts: list[tuple[int, int, Sender]] = []
        self._entered = 0
        self._others_us: int | None = None
        self._next_us: int | None = None

    def enter(self, sender: "Sender") -> None:
        """Let a sender contend that has something to send."""
        now = now_us(self._env)
        if not self._counts and not self._is_busy:
            # While nobody counts, slots begin whenever somebody wants to send.
            self._idle_us = max(self._idle_us, now)
            self._look_for_others(now)
        if self._is_busy or now < self._idle_us:
            slot = self._slots + self._random.randint(0, sender.window)
        else:
            slot = self._slots - (self._idle_us - now) // SLOT_US
        self._push(slot, sender)
        self._plan()

    def _push(self, slot: int, sender: "Sender") -> None:
        sender.slot = slot
        self._entered += 1
        heappush(self._counts, (slot, self._entered, sender))

    def _look_for_others(self, now: int) -> None:
        """Find out how strangers' use of the channel goes on, which nobody has watched so far."""
        if not self._others_load:
            return
        if self._idle_us <= now and self._random.random() < self._others_load:
            self._idle_us = now + round(self._random.random() * OTHERS_US) + DIFS_US
        self._others_us = self._idle_us + self._gap_us()

    def _gap_us(self) -> int:
        mean_us = OTHERS_US * (1 - self._others_load) / self._others_load
        return round(self._random.expovariate(1 / mean_us))

    def _plan(self) -> None:
        """Have the first count end, or strangers begin if that comes sooner."""
        while self._counts and self._counts[0][2].slot != self._counts[0][0]:
            heappop(self._counts)  # Its sender has left.
        if self._is_busy or not self._counts:
            return
        due_us = self._idle_us + (self._counts[0][0] - self._slots) * SLOT_US
        if self._others_us is not None:
            due_us = min(due_us, self._others_us)
        if self._next_us is None or due_us < self._next_us:
            self._next_us = due_us
            at(self._env, max(due_us - now_us(self._env), 0), self._act, due_us)

    def _act(self, due_us: int) -> None:
        if due_us != self._next_us:
            return  # Something came sooner.
        self._next_us = None
        if not self._counts:
            return
        slot = self._counts[0][0]
        if self._idle_us + (slot - self._slots) * SLOT_US > due_us:
            self._let_others_send(due_us)
            return
        senders = []
        while self._counts and self._counts[0][0] == slot:
            sender = heappop(self._counts)[2]
            if sender.slot == slot:
                senders.append(sender)
                sender.slot = None
        if not senders:
            self._plan()
            return
        self._slots = slot
        self._is_busy = True
        longest_us = max(sender.frames[0].exchange_us for sender in senders)
        self.busy_us += longest_us
        at(self._env, longest_us, self._end, [(sender, sender.frames[0]) for sender in senders])

    def _let_others_send(self, due_us: int) -> None:
        if self._others_us != due_us:
            self._plan()  # Whose count would have ended now has left.
            return
        self._slots += max(due_us - self._idle_us, 0) // SLOT_US
        self._idle_us = max(due_us, self._idle_us) + OTHERS_US + DIFS_US
        self._others_us = self._idle_us + self._gap_us()
        self._plan()

    def _end(self, sent: "list[tuple[Sender, Frame]]") -> None:
        now = now_us(self._env)
        self._is_busy = False
        self._idle_us = now + DIFS_US
        if self._others_load:
            self._others_us = self._idle_us + self._gap_us()
        for sender, frame in sent:
            if len(sent) > 1:
                outcome = Outcome.COLLIDED
            elif self._random.random() < self._loss:
                outcome = Outcome.SPOILT
            else:
                outcome = Outcome.ACKNOWLEDGED
            frame.attempts += 1
            # A sender whose power failed meanwhile has forgotten the frame.
            if sender.frames and sender.frames[0] is frame:
                self._finish(sender, frame, outcome)
        self._plan()

    def _finish(self, sender: "Sender", frame: Frame, outcome: Outcome) -> None:
        if outcome is not Outcome.ACKNOWLEDGED and frame.attempts < self._attempts:
            sender.window = min(2 * sender.window + 1, CW_MAX)
        else:
            sender.window = CW_MIN
            sender.frames.popleft()
            frame.done(outcome, frame.attempts * frame.exchange_us)
        if sender.frames and sender.slot is None:
            self._push(self._slots + self._random.randint(0, sender.window), sender)


class Sender:
    """A queue of at most `limit` frames, the first of which contends for the channel.

    `window` and `slot` are the channel's: the greatest count to draw, the slot in which it ends.
    """

    def __init__(self, channel: Channel, limit: int) -> None:
        self.frames: deque[Frame] = deque()
        self.window = CW_MIN
        self.slot: int | None = None
        self.limit = limit
        self._channel = channel

    def put(self, frame: Frame) -> bool:
        """Queue a frame; tell whether there was room."""
        if len(self.frames) >= self.limit:
            return False
        self.frames.append(frame)
        if len(self.frames) == 1 and self.slot is None:
            self._channel.enter(self)
        return True

    def lose(self) -> None:
        """Lose all frames, also one that is on the air."""
        lost = list(self.frames)
        self.frames.clear()
        self.window = CW_MIN
        self.slot = None
        for frame in lost:
            frame.done(None, frame.attempts * frame.exchange_us)
