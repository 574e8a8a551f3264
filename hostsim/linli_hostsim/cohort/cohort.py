"""Very many devices that report over LoRa, simulated window by window, with an account of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..clockwork import US_PER_H, US_PER_S
from ..draws import uniform
from ..lora.lorawan import RECEIVE_DELAY_US
from ..packet import Fate
from .acknowledgements import NOBODY
from .background import MEMORY_US, Background, Past
from .collisions import NEVER_US
from .device_sums import DeviceSums
from .frames import Frames, Ints, Receptions
from .histogram import Histogram
from .messages import FIRST_REPORT, GREETING, JOIN, Messages
from .outages import Outage
from .schedule import Schedule
from .tallies import Tallies
from .traffic import Traffic
from .transmissions import Transmissions
from .window import Solution, State, after, solve
from .world import CARRIED, World

_FRAMES_A_WINDOW = 1000
_DAY_US = 24 * US_PER_H
_JOINS, _DAY_HAS_GONE = 5, 6
_UNSTEADY_US = 10_000
"""The ways to the hub differ by so much. It decides whether a day has gone from report to report,
so that a device with one a day is told the time with two of three."""


class Cohort:
    """Devices that report as their kinds say, each report a confirmed message.

    A message is repeated as linli_protocol.link does until a gateway's answer is heard in the first
    receive window. `hub_us` is the time from the end of a frame to its delivery at the hub; the way
    there and back must not take longer than the window's delay, else ValueError. `first_us` are the
    devices' first reports, drawn at random if not given.

    Of each device are counted its reports `offered` and `delivered`, the `frames` of all its
    messages, the `retransmissions` among them but for those of requests to join, their time on the
    air `transmit_us`, that of the answers sent to it `answers_us`, and the bytes of both,
    `bytes_on_air`. `up` and `down` are the account of the air. Going by the last window, one of
    `fit_us` will have so many frames that numpy's own time is little.

    Not modelled: a device's hourly budget of airtime, joining anew after a long silence, the second
    window.
    """

    def __init__(
        self, world: World, gateways: int, hub_us: int, first_us: Ints | None = None
    ) -> None:
        if 2 * hub_us >= RECEIVE_DELAY_US:
            raise ValueError(f"hub_us: answers that take {2 * hub_us} µs miss the receive window")
        self.world = world
        self.now_us = 0
        self.tallies = Tallies(len(world.kinds))
        devices = len(world.kind)
        self.offered, self.delivered = DeviceSums(devices), DeviceSums(devices)
        self.frames, self.retransmissions = DeviceSums(devices), DeviceSums(devices)
        self.transmit_us, self.answers_us = DeviceSums(devices), DeviceSums(devices)
        self.bytes_on_air = DeviceSums(devices)
        self.up, self.down = Traffic(world.region.channels), Traffic(world.region.channels)
        self._hub_us = hub_us
        intervals_us = np.array([round(kind.interval_s * US_PER_S) for kind in world.kinds])
        jitters_us = np.array([round(kind.jitter_s * US_PER_S) for kind in world.kinds])
        self._schedule = Schedule(
            intervals_us[world.kind], jitters_us[world.kind], world.seed, first_us
        )
        # Of one device no two reports are in one window.
        self._longest_us = int(intervals_us.min()) // 2
        self._frames_before = 0
        self.fit_us = min(self._first_fit_us(intervals_us), self._longest_us)
        self._under_way = np.zeros(devices, np.int8)
        self._in_flight = np.array([kind.in_flight for kind in world.kinds])[world.kind]
        self._told_us = np.full(devices, NEVER_US)
        self._joining = self._joins()
        self._coming = Messages.none()
        # What has ended lately matters to those only who look.
        self._past: list[Past] = []
        self._is_watched = False
        self._foreseen: tuple[Sequence[Outage], Solution] | None = None
        self._state = State.empty(world, gateways)

    def run(self, until_us: int, outages: Sequence[Outage] = ()) -> None:
        """Simulate up to `until_us` with no other devices around."""
        while self.now_us < until_us:
            self.window(min(self.now_us + self.fit_us, until_us), outages=outages)

    def window(
        self,
        end_us: int,
        foreign: tuple[Frames, Receptions] | None = None,
        others: Transmissions | None = None,
        outages: Sequence[Outage] = (),
    ) -> None:
        """Simulate up to `end_us`, among frames and gateways' transmissions of other origin.

        Those begin from `now_us` on and before `end_us`. The length of windows does not change what
        happens.
        """
        if foreign is None:
            foreign = self._nothing()
        took_us = end_us - self.now_us
        self._plan(end_us)
        is_now = self._coming.offered_us < end_us
        arrived, self._coming = self._coming.take(is_now), self._coming.take(~is_now)
        offered = arrived.device[arrived.number >= FIRST_REPORT]
        self.tallies.offered += self._by_kind(offered)
        self.offered.add(offered)
        self._advance(arrived, end_us, foreign, others or Transmissions.none(), outages)
        frames = int(self.tallies.frames.sum())
        fit_us = _FRAMES_A_WINDOW * took_us // max(frames - self._frames_before, 1)
        self.fit_us = min(max(fit_us, 1), 2 * took_us, self._longest_us)
        self._frames_before = frames

    def preview(self, end_us: int, outages: Sequence[Outage] = ()) -> Background:
        """Return what the cohort will have on the air up to `end_us`, as far as can be known now.

        That is all but what frames and transmissions of other origin change meanwhile. Where much
        depends on each other it may not reach so far; the next window is to end where it does.
        """
        self._plan(end_us)
        self._is_watched = True
        while True:
            arrived = self._coming.take(self._coming.offered_us < end_us)
            solution = solve(
                self.world,
                self._state,
                arrived,
                self.now_us,
                end_us,
                self._nothing(),
                Transmissions.none(),
                outages,
            )
            if solution is not None:
                self._foreseen = outages, solution
                return Background(end_us, solution.air, solution.transmissions, self._past)
            end_us = (self.now_us + end_us) // 2

    def _nothing(self) -> tuple[Frames, Receptions]:
        return Frames.none(), Receptions.none(self.world.receiver.adds_up)

    def _plan(self, end_us: int) -> None:
        """Have the messages that begin before `end_us` among those to come."""
        self._coming = self._coming.joined(self._take_joins(end_us))
        device, number, time_us = self._schedule.take(end_us)
        fits = self._under_way[device] < self._in_flight[device]
        self.tallies.merged += self._by_kind(device[~fits])
        device, number, time_us = device[fits], number[fits], time_us[fits]
        np.add.at(self._under_way, device, 1)
        new = Messages.new(device, number, time_us)
        at_hub_us = self._at_hub_us(device, number, time_us + self.world.frame_us(device, number))
        new.wants_time = at_hub_us - _DAY_US >= self._told_us[device]
        self._coming = self._coming.joined(new)

    def _first_fit_us(self, intervals_us: Ints) -> int:
        """Return what the reports make of it. Who joins reports later: then it begins short."""
        world = self.world
        if any(kind.joining is not None for kind in world.kinds) or not len(world.kind):
            return US_PER_S
        return max(round(_FRAMES_A_WINDOW / float((1 / intervals_us[world.kind]).sum())), 1)

    def _joins(self) -> tuple[Ints, Ints]:
        """Return who asks to join, and when, in that order."""
        kinds = self.world.kinds
        within_us = np.array([k.joining.within_s * US_PER_S if k.joining else 0 for k in kinds])
        asks = np.array([kind.joining is not None for kind in kinds])
        device = np.flatnonzero(asks[self.world.kind])
        draw = uniform(self.world.seed, _JOINS, device)
        time_us = (draw * within_us[self.world.kind[device]]).astype(np.int64)
        order = np.argsort(time_us, kind="stable")
        return device[order], time_us[order]

    def _take_joins(self, end_us: int) -> Messages:
        """Return requests to join before `end_us` not yet taken, and the greetings after them."""
        device, time_us = self._joining
        count = int(np.searchsorted(time_us, end_us))
        self._joining = device[count:], time_us[count:]
        device, time_us = device[:count], time_us[:count]
        np.add.at(self._under_way, device, 2)
        requests = Messages.new(device, np.full(count, JOIN), time_us)
        greetings = Messages.new(device, np.full(count, GREETING), time_us)
        greetings.due_us = np.full(count, NEVER_US)
        return requests.joined(greetings)

    def _at_hub_us(self, device: Ints, number: Ints, end_us: Ints) -> Ints:
        """Return when frames are at the hub that end at `end_us`."""
        draw = uniform(self.world.seed, _DAY_HAS_GONE, device, number)
        return np.asarray(end_us + self._hub_us + (draw * _UNSTEADY_US).astype(np.int64))

    def _advance(
        self,
        arrived: Messages,
        end_us: int,
        foreign: tuple[Frames, Receptions],
        others: Transmissions,
        outages: Sequence[Outage],
    ) -> None:
        solution = self._as_foreseen(end_us, foreign, others, outages) or solve(
            self.world, self._state, arrived, self.now_us, end_us, foreign, others, outages
        )
        self._foreseen = None
        if solution is not None:
            self._enter(solution)
            self._state = after(solution)
            if self._is_watched:
                lately = [one for one in self._past if one.end_us > end_us - MEMORY_US]
                self._past = [*lately, Past(end_us, solution.air, solution.transmissions)]
            self.now_us = end_us
            return
        # In half the time less depends on each other.
        middle_us = (self.now_us + end_us) // 2
        frames, receptions = foreign
        for is_first, until_us in ((True, middle_us), (False, end_us)):
            mine = (frames.begin_us < middle_us) == is_first
            self._advance(
                arrived.take((arrived.offered_us < middle_us) == is_first),
                until_us,
                (frames.take(mine), receptions.of_frames(mine)),
                others.take((others.begin_us < middle_us) == is_first),
                outages,
            )

    def _as_foreseen(
        self,
        end_us: int,
        foreign: tuple[Frames, Receptions],
        others: Transmissions,
        outages: Sequence[Outage],
    ) -> Solution | None:
        """Return what the preview found, unless anything else came to pass."""
        if self._foreseen is None or len(foreign[0]) or len(others):
            return None
        expected, solution = self._foreseen
        return solution if solution.end_us == end_us and expected == outages else None

    def _enter(self, solution: Solution) -> None:
        """Count what came of a window."""
        messages, sent, answers = solution.messages, solution.sent, solution.answers
        tallies = self.tallies
        device = messages.device[sent.message]
        self.frames.add(device)
        tallies.frames += self._by_kind(device)
        is_again = messages.attempt[sent.message] + sent.level > 0
        is_again &= messages.number[sent.message] != JOIN
        tallies.retransmissions += self._by_kind(device[is_again])
        self.retransmissions.add(device[is_again])
        self._enter_begun(solution)
        ended = solution.ended()
        fate = solution.fate[ended]
        frames = solution.air.frames
        sizes = self.world.frame_bytes(messages, solution.air.message[ended])
        self.up.end(fate.astype(np.int64), sizes, (frames.end_us - frames.begin_us)[ended])
        kind = self.world.kind[messages.device[solution.air.message[ended]]]
        places = kind.astype(np.int64) * len(Fate) + fate
        counts = np.bincount(places, minlength=tallies.fates.size)
        tallies.fates += counts.reshape(tallies.fates.shape)
        self._deliver(messages, solution, ended[fate == Fate.DELIVERED])
        device = messages.device[answers.message]
        is_sent = solution.chosen != NOBODY
        tallies.unsent += self._by_kind(device[~is_sent])
        sizes = self.world.answer_bytes(messages, answers.message, answers.tells_time)
        # What no gateway was free for waits in vain for a further frame of its device.
        fates = np.full(len(device), int(Fate.RECEIVER_ASLEEP))
        reaches = answers.reaches[solution.chosen[is_sent]]
        fates[is_sent] = np.where(reaches, int(Fate.DELIVERED), int(Fate.BELOW_SENSITIVITY))
        airtime_us = np.where(is_sent, answers.airtime_us, 0)
        self.down.end(fates, sizes, airtime_us)
        device, sizes, airtime_us = device[is_sent], sizes[is_sent], airtime_us[is_sent]
        self.down.begin(answers.opens_us[is_sent], answers.channel[is_sent], sizes, airtime_us)
        self.bytes_on_air.add(device, sizes)
        self.answers_us.add(device, airtime_us)
        tallies.answers += self._by_kind(device)
        tallies.unheard += self._by_kind(device[~reaches])
        over = np.flatnonzero(solution.is_answered)
        np.subtract.at(self._under_way, messages.device[over], 1)
        over = over[messages.number[over] >= FIRST_REPORT]
        device = messages.device[over]
        tallies.acknowledged += self._by_kind(device)
        latency_us = solution.answered_us[over] - messages.offered_us[over]
        self._time(tallies.acknowledgement, device, latency_us)

    def _enter_begun(self, solution: Solution) -> None:
        """Count what the frames that began in a window take of the air."""
        air = solution.air
        new = np.flatnonzero(air.level != CARRIED)
        begin_us = air.frames.begin_us[new]
        airtime_us = air.frames.end_us[new] - begin_us
        sizes = self.world.frame_bytes(solution.messages, air.message[new])
        self.up.begin(begin_us, air.frames.channel[new], sizes, airtime_us)
        device = solution.messages.device[air.message[new]]
        self.transmit_us.add(device, airtime_us)
        self.bytes_on_air.add(device, sizes)

    def _deliver(self, messages: Messages, solution: Solution, received: Ints) -> None:
        """Count the messages of which the hub `received` the first frame."""
        air = solution.air
        first_us = np.full(len(messages), NEVER_US)
        np.minimum.at(first_us, air.message[received], air.frames.end_us[received])
        which = np.flatnonzero((first_us != NEVER_US) & ~messages.is_at_hub)
        tells = which[messages.wants_time[which] | (messages.number[which] == GREETING)]
        device = messages.device[tells]
        self._told_us[device] = self._at_hub_us(device, messages.number[tells], first_us[tells])
        which = which[messages.number[which] >= FIRST_REPORT]
        device = messages.device[which]
        self.tallies.delivered += self._by_kind(device)
        self.delivered.add(device)
        latency_us = first_us[which] + self._hub_us - messages.offered_us[which]
        self._time(self.tallies.delivery, device, latency_us)

    def _by_kind(self, device: Ints) -> Ints:
        return np.bincount(self.world.kind[device], minlength=len(self.world.kinds))

    def _time(
        self, histograms: list[Histogram], device: Ints, durations_us: NDArray[np.int64]
    ) -> None:
        kind = self.world.kind[device]
        for number, histogram in enumerate(histograms):
            histogram.add(durations_us[kind == number])
