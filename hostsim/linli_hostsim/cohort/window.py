"""One window of a cohort: which frames are sent in it, and what becomes of them.

Within a window fates depend on each other: a frame that is lost is sent again, an answer makes a
gateway deaf. All of that works forwards in time. So a guess is worked out, corrected by what came
of it, and worked out again until nothing changes. Each pass is right for at least a second more
than the one before, and mostly for far more, since few frames matter to few others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..packet import Fate
from .acknowledgements import NOBODY, Answers, Transmitters
from .collisions import NEVER_US
from .contest import Contest
from .frames import Bytes, Flags, Frames, Ints, Receptions
from .messages import GREETING, JOIN, Messages
from .outages import Outage, spoil
from .reception import Outcome
from .transmissions import Transmissions
from .world import CARRIED, FOREIGN, Air, World

_PASSES = 12


@dataclass(slots=True)
class State:
    """What a window begins with."""

    messages: Messages
    air: Air
    pending: Answers
    transmitters: Transmitters
    transmissions: Transmissions

    @classmethod
    def empty(cls, world: World, gateways: int) -> "State":
        """Return the state before anything was sent."""
        none = np.empty(0, np.int64)
        receptions = Receptions.none(world.receiver.adds_up)
        return cls(
            Messages.none(),
            Air(Frames.none(), receptions, none, none),
            Answers.none(),
            Transmitters(world.region, gateways),
            Transmissions.none(),
        )


@dataclass(slots=True)
class Sent:
    """Frames that messages send in a window, in order.

    `following_us` is when each message is next due.
    """

    message: Ints
    level: Ints
    begin_us: Ints
    following_us: Ints

    def equals(self, other: "Sent") -> bool:
        """Tell whether the same frames are sent."""
        return all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("message", "level", "begin_us")
        )

    def take(self, which: Flags) -> "Sent":
        """Return some of the frames."""
        return replace(
            self,
            message=self.message[which],
            level=self.level[which],
            begin_us=self.begin_us[which],
        )


@dataclass(slots=True)
class Solution:
    """A window up to `end_us` whose fates agree with each other.

    `messages` are those under way before and then those that arrived. `fate` is that of each frame
    of `air` which has ended. `answers` are those whose windows opened in this one, `chosen` the
    gateways, or NOBODY; `later` the others. `answered_us` is when each message's device heard that
    it was received, NEVER_US when it did not.
    """

    end_us: int
    messages: Messages
    air: Air
    fate: Bytes
    sent: Sent
    answers: Answers
    chosen: Ints
    later: Answers
    transmitters: Transmitters
    transmissions: Transmissions
    answered_us: Ints

    @property
    def is_answered(self) -> Flags:
        """Which messages were acknowledged, so that they are over."""
        return np.asarray(self.answered_us != NEVER_US)

    def ended(self) -> Ints:
        """Return which of the frames in `air` are the cohort's and have ended."""
        is_own = self.air.message != FOREIGN
        return np.flatnonzero(is_own & (self.air.frames.end_us <= self.end_us))


def solve(
    world: World,
    state: State,
    arrived: Messages,
    begin_us: int,
    end_us: int,
    foreign: tuple[Frames, Receptions],
    others: Transmissions,
    outages: Sequence[Outage],
) -> Solution | None:
    """Return what happens from `begin_us` to `end_us`; None when that does not settle.

    `foreign` frames of other origin begin in this time, and so do the `others`' transmissions.
    """
    messages = state.messages.joined(arrived)
    count = len(foreign[0])
    strangers = Air(*foreign, np.full(count, FOREIGN), np.full(count, CARRIED))
    before = state.air.joined(strangers) if count else state.air
    opens_now = state.pending.opens_us < end_us
    pending, postponed = state.pending.take(opens_now), state.pending.take(~opens_now)
    known = state.transmissions.joined(others)
    joins, greetings = _greetings(messages)
    # At first as if everything on its way will be answered, and nothing sent now.
    sent = _sent(world, messages, end_us, np.zeros(len(messages), np.int64), messages.is_open)
    air = before.joined(_air(world, messages, sent))
    own = _transmissions(pending, state.transmitters.copy().answer(pending, others))
    own = own.joined(world.guess(messages, air, air.message != FOREIGN, end_us))
    contest = Contest(world.receiver, state.transmitters.gateways, begin_us)
    new_at = air.receptions.gateway
    answered: Answers | None = None
    for _ in range(_PASSES):
        receptions = contest.settle(air.frames, air.receptions, known.joined(own), new_at)
        fates = world.receiver.fates(air.frames, receptions)
        fates = spoil(outages, receptions.gateway, air.frames.end_us[receptions.frame], fates)
        fates = world.fates(messages, air, fates)
        answers = pending.joined(world.answers(messages, air, fates, end_us))
        is_now = answers.opens_us < end_us
        answers, later = answers.take(is_now), answers.take(~is_now)
        if answered is None or not answers.equals(answered):
            answered = answers
            transmitters = state.transmitters.copy()
            chosen = transmitters.answer(answers, others)
        heard = _heard(answers, chosen)
        answered_us = np.full(len(messages), NEVER_US)
        answered_us[answers.message[heard]] = (answers.opens_us + answers.airtime_us)[heard]
        messages.due_us[greetings] = answered_us[joins]
        level = np.bincount(sent.message, minlength=len(messages))
        np.minimum.at(level, answers.message[heard], answers.level[heard])
        next_sent = _sent(world, messages, end_us, np.maximum(level, 0), level == CARRIED)
        next_own = _transmissions(answers, chosen)
        if next_sent.equals(sent) and next_own.equals(own):
            return Solution(
                end_us,
                messages,
                replace(air, receptions=receptions),
                Outcome.of(len(air.frames), receptions.frame, fates).fate,
                next_sent,
                answers,
                chosen,
                postponed.joined(later),
                transmitters,
                known.joined(own),
                answered_us,
            )
        own = next_own
        new_at = np.empty(0, np.int64)
        if not next_sent.equals(sent):
            counted = np.bincount(sent.message, minlength=len(messages))
            is_more = next_sent.level >= counted[next_sent.message]
            if next_sent.take(~is_more).equals(sent):
                more = _air(world, messages, next_sent.take(is_more))
                air, new_at = air.joined(more), more.receptions.gateway
            else:
                air = before.joined(_air(world, messages, next_sent))
                contest.begin_anew()
            sent = next_sent
            is_new = (air.message != FOREIGN) & (air.level >= counted[air.message])
            own = own.joined(world.guess(messages, air, is_new, end_us))
    return None


def after(solution: Solution) -> State:
    """Return the state that the next window begins with."""
    air, messages = solution.air, solution.messages
    on_air = air.frames.end_us > solution.end_us
    kept = ~solution.is_answered
    number = np.where(kept, np.cumsum(kept) - 1, FOREIGN)
    is_open = np.zeros(len(messages), np.bool_)
    is_open[solution.later.message] = True
    own = on_air & (air.message != FOREIGN)
    is_open[air.message[own]] = True
    ended = solution.ended()
    is_at_hub = messages.is_at_hub.copy()
    is_at_hub[air.message[ended[solution.fate[ended] == Fate.DELIVERED]]] = True
    frames_sent = np.bincount(solution.sent.message, minlength=len(messages))
    going_on = replace(
        messages,
        attempt=messages.attempt + frames_sent,
        due_us=solution.sent.following_us,
        is_at_hub=is_at_hub,
        is_open=is_open,
    ).take(kept)
    message = air.message[on_air]
    later = solution.later.take(kept[solution.later.message])
    return State(
        going_on,
        Air(
            air.frames.take(on_air),
            air.receptions.of_frames(on_air),
            # What is FOREIGN, the last one, stays so.
            np.append(number, FOREIGN)[message],
            np.full(len(message), CARRIED),
        ),
        replace(later, message=number[later.message], level=np.full(len(later), CARRIED)),
        solution.transmitters,
        solution.transmissions.take(solution.transmissions.end_us > solution.end_us),
    )


def _air(world: World, messages: Messages, sent: Sent) -> Air:
    return world.send(messages, sent.message, sent.level, sent.begin_us)


def _sent(world: World, messages: Messages, end_us: int, failed: Ints, is_answered: Flags) -> Sent:
    """Return the frames sent before `end_us` when the first `failed` ones of each message fail.

    Of a message whose last frame before the window `is_answered` none is sent.
    """
    which = np.flatnonzero((messages.due_us < end_us) & ~(messages.is_open & is_answered))
    due_us = messages.due_us[which]
    following_us = messages.due_us.copy()
    parts: list[tuple[Ints, Ints, Ints]] = []
    while len(which):
        level = len(parts)
        parts.append((which, np.full(len(which), level), due_us))
        timeout_us = world.timeout_us(messages.device[which])
        next_us = messages.next_due_us(which, level, due_us, timeout_us, world.seed)
        following_us[which] = next_us
        goes_on = (failed[which] > level) & (next_us < end_us)
        which, due_us = which[goes_on], next_us[goes_on]
    if not parts:
        return Sent(which, which, due_us, following_us)
    message, levels, begin_us = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(begin_us, kind="stable")
    return Sent(message[order], levels[order], begin_us[order], following_us)


def _greetings(messages: Messages) -> tuple[Ints, Ints]:
    """Return the requests to join, and the greetings that wait for each of them to be answered."""
    joins = np.flatnonzero(messages.number == JOIN)
    greetings = np.flatnonzero((messages.number == GREETING) & (messages.due_us == NEVER_US))
    by_device = np.argsort(messages.device[joins]), np.argsort(messages.device[greetings])
    return joins[by_device[0]], greetings[by_device[1]]


def _transmissions(answers: Answers, chosen: Ints) -> Transmissions:
    sent = chosen != NOBODY
    opens_us = answers.opens_us[sent]
    gateway = answers.gateway[chosen[sent]]
    return Transmissions.of(gateway, opens_us, opens_us + answers.airtime_us[sent])


def _heard(answers: Answers, chosen: Ints) -> Ints:
    """Return which answers their devices heard."""
    sent = np.flatnonzero(chosen != NOBODY)
    return sent[answers.reaches[chosen[sent]]]
