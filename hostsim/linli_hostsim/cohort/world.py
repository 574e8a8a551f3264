"""What does not change in a cohort: its devices, how they are heard, and the rules of the air."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..clockwork import US_PER_MS
from ..draws import uniform
from ..lora.ack_timeout import ack_timeout_ms
from ..lora.airtime import SPREADING_FACTORS
from ..lora.lorawan import RECEIVE_DELAY_US, frame_us
from ..lora.region import Region
from ..lora.sensitivity import NS3, Sensitivity
from ..packet import Fate
from .acknowledgements import Answers
from .frames import STILL_HEARD, Bytes, Flags, Frames, Ints, Receptions, joined
from .messages import FIRST_REPORT, JOIN, Messages
from .reach import Reach
from .reception import Receiver
from .transmissions import Transmissions

FOREIGN = -1
"""The message of a frame that is not the cohort's."""

CARRIED = -1
"""The level of a frame that began before the window."""

CHANNEL = 4
"""The purpose of the draws that frames choose their channels by."""

_LOST_UP, _LOST_DOWN = 7, 8

_TIME = 4
"""What tells the time is the last of Kind.down_bytes."""


@dataclass(frozen=True, slots=True)
class Joining:
    """How devices come to have a session: bytes of what they and the hub send for that.

    They ask at a random time `within_s` of the beginning, and greet the hub once they have joined.
    An answer of `time_bytes` tells them the time as well, a day after they greeted or were told it.
    """

    within_s: float
    request_bytes: int
    accept_bytes: int
    greeting_bytes: int
    time_bytes: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Like devices: how many, how often they report, and the bytes of report and acknowledgement.

    A report is late by up to `jitter_s`. The first one may have another size. One that falls due
    while `in_flight` messages are under way is none: its content goes with a later one. Without
    `joining` devices have sessions from the beginning and are not told the time.
    """

    name: str
    devices: int
    interval_s: float
    jitter_s: float
    report_bytes: int
    acknowledgement_bytes: int = 20
    first_report_bytes: int | None = None
    in_flight: int = 2
    joining: Joining | None = None

    @property
    def up_bytes(self) -> list[int]:
        """The bytes of request to join, greeting, first report and later ones."""
        joins = (
            [self.joining.request_bytes, self.joining.greeting_bytes] if self.joining else [0] * 2
        )
        return [*joins, self.first_report_bytes or self.report_bytes, self.report_bytes]

    @property
    def down_bytes(self) -> list[int]:
        """The bytes of what answers each of these, and of what tells the time."""
        accept, time = (
            (self.joining.accept_bytes, self.joining.time_bytes) if self.joining else (0, 0)
        )
        return [accept, *[self.acknowledgement_bytes] * 3, time]


@dataclass(slots=True)
class Air:
    """Frames on the air and their receptions; each frame's `message` and, of that, its `level`.

    A message's frames in one window are its levels 0, 1, and so on.
    """

    frames: Frames
    receptions: Receptions
    message: Ints
    level: Ints

    def joined(self, other: "Air") -> "Air":
        """Return these and the `other` frames."""
        frames, receptions, place = joined(
            (self.frames, self.receptions), (other.frames, other.receptions)
        )
        message, level = np.empty_like(place), np.empty_like(place)
        message[place] = np.concatenate((self.message, other.message))
        level[place] = np.concatenate((self.level, other.level))
        return Air(frames, receptions, message, level)


class World:
    """The devices of `kinds`, in their order, heard as `reach` says by gateways like `receiver`.

    Between gateways and hub a packet is lost with chance `loss`.
    """

    def __init__(
        self,
        kinds: Sequence[Kind],
        reach: Reach,
        receiver: Receiver,
        region: Region,
        seed: int,
        sensitivity: Sensitivity = NS3,
        loss: float = 0.0,
    ) -> None:
        self.kinds = kinds
        self.kind = np.repeat(np.arange(len(kinds), dtype=np.int8), [k.devices for k in kinds])
        self.reach = reach
        self.receiver = receiver
        self.region = region
        self.seed = seed
        self._loss = loss
        # By kind and what it is; the airtimes by row besides.
        self._up_bytes = np.array([kind.up_bytes for kind in kinds])
        self._down_bytes = np.array([kind.down_bytes for kind in kinds])
        self._up_us = _airtimes_us(self._up_bytes)
        self._down_us = _airtimes_us(self._down_bytes)
        self._timeout_us = US_PER_MS * np.array(
            [ack_timeout_ms(factor, region) for factor in SPREADING_FACTORS]
        )
        self._device_dbm = np.array([sensitivity.device_dbm[sf] for sf in SPREADING_FACTORS])
        self._gateway_dbm = np.array(
            [region.sub_bands[number].max_power_dbm for number in region.sub_band]
        )

    def timeout_us(self, device: Ints) -> Ints:
        """Return the devices' first wait for an acknowledgement."""
        return self._timeout_us[self.reach.row[device]]

    def frame_bytes(self, messages: Messages, which: Ints) -> Ints:
        """Return the bytes in a frame of messages `which`."""
        kind = self.kind[messages.device[which]]
        return np.asarray(self._up_bytes[kind, _stage(messages.number[which])])

    def frame_us(self, device: Ints, number: Ints) -> Ints:
        """Return the airtimes of frames of the messages of that `device` and `number`."""
        row = self.reach.row[device]
        return np.asarray(self._up_us[self.kind[device], _stage(number), row])

    def answer_bytes(self, messages: Messages, which: Ints, tells_time: Flags) -> Ints:
        """Return the bytes in answers to messages `which`."""
        kind = self.kind[messages.device[which]]
        content = np.where(tells_time, _TIME, _stage(messages.number[which]))
        return np.asarray(self._down_bytes[kind, content])

    def _answer_us(self, messages: Messages, which: Ints, tells_time: Flags) -> Ints:
        device = messages.device[which]
        content = np.where(tells_time, _TIME, _stage(messages.number[which]))
        return np.asarray(self._down_us[self.kind[device], content, self.reach.row[device]])

    def send(self, messages: Messages, which: Ints, level: Ints, begin_us: Ints) -> Air:
        """Return the frames of messages `which` that begin at `begin_us`, in that order."""
        device = messages.device[which]
        row = self.reach.row[device]
        attempt = messages.attempt[which] + level
        draw = uniform(self.seed, CHANNEL, device, messages.number[which], attempt)
        frames = Frames(
            begin_us,
            begin_us + self.frame_us(device, messages.number[which]),
            (draw * self.region.channels).astype(np.int64),
            row,
        )
        frame, link = self.reach.links(device)
        receptions = Receptions.new(
            frame,
            self.reach.gateway[link].astype(np.int64),
            self.region.max_power_dbm - self.reach.loss_db[link],
            self.receiver.adds_up,
        )
        return Air(frames, receptions, which, level)

    def fates(self, messages: Messages, air: Air, fates: Bytes) -> Bytes:
        """Return the `fates` of receptions once packets have come to the hub, or have not."""
        if not self._loss:
            return fates
        own = np.flatnonzero(air.message != FOREIGN)
        device, end_us = messages.device[air.message[own]], air.frames.end_us[own]
        is_lost = np.zeros(len(air.frames), np.bool_)
        is_lost[own] = uniform(self.seed, _LOST_UP, device, end_us) < self._loss
        is_lost = is_lost[air.receptions.frame] & (fates == STILL_HEARD)
        return np.where(is_lost, np.int8(Fate.CORRUPTED), fates)

    def guess(self, messages: Messages, air: Air, which: Flags, until_us: int) -> Transmissions:
        """Return the answers to `which` frames if each is received where it is strongest."""
        receptions, frames = air.receptions, air.frames
        is_first = np.append(True, receptions.frame[1:] != receptions.frame[:-1])
        number = np.flatnonzero(is_first[: len(receptions)])
        frame = receptions.frame[number]
        opens_us = frames.end_us[frame] + RECEIVE_DELAY_US
        heard = which[frame] & (opens_us < until_us) & (receptions.fate[number] == STILL_HEARD)
        number, frame, opens_us = number[heard], frame[heard], opens_us[heard]
        message = air.message[frame]
        airtime_us = self._answer_us(messages, message, messages.wants_time[message])
        return Transmissions.of(receptions.gateway[number], opens_us, opens_us + airtime_us)

    def answers(self, messages: Messages, air: Air, fates: Bytes, until_us: int) -> Answers:
        """Return the answers to the cohort's frames that were heard and ended by `until_us`."""
        is_over = (air.message != FOREIGN) & (air.frames.end_us <= until_us)
        heard = np.flatnonzero((fates == STILL_HEARD) & is_over[air.receptions.frame])
        if not len(heard):
            return Answers.none()
        frame = air.receptions.frame[heard]
        channel = air.frames.channel[frame]
        loss_db = self.region.max_power_dbm - air.receptions.rssi_dbm[heard]
        needed_dbm = self._device_dbm[air.frames.row[frame]]
        reaches = self._gateway_dbm[channel] - loss_db >= needed_dbm
        first = np.flatnonzero(np.append(True, frame[1:] != frame[:-1]))
        answered = frame[first]
        message = air.message[answered]
        level = air.level[answered]
        least = np.full(len(messages), np.iinfo(np.int64).max)
        np.minimum.at(least, message, level)
        tells_time = messages.wants_time[message] & ~messages.is_at_hub[message]
        tells_time &= level == least[message]
        # The strongest come first, so that those that reach the device do too; with none that does,
        # the strongest is tried all the same.
        choices = np.maximum(np.add.reduceat(reaches, first, dtype=np.int64), 1)
        opens_us = air.frames.end_us[answered] + RECEIVE_DELAY_US
        order = np.argsort(opens_us, kind="stable")
        if self._loss:
            draw = uniform(self.seed, _LOST_DOWN, messages.device[message], opens_us)
            order = order[draw[order] >= self._loss]
        return Answers(
            opens_us[order],
            self._answer_us(messages, message, tells_time)[order],
            channel[first][order],
            message[order],
            level[order],
            tells_time[order],
            first[order],
            choices[order],
            air.receptions.gateway[heard],
            reaches,
        )


def _stage(number: Ints) -> Ints:
    """Return the places of messages in Kind.up_bytes."""
    return np.asarray(np.minimum(number, FIRST_REPORT + 1) - JOIN)


def _airtimes_us(packet_bytes: Ints) -> Ints:
    """Return the airtimes of packets, by spreading factor besides."""
    return np.array(
        [
            [[frame_us(one, sf) for sf in SPREADING_FACTORS] for one in row]
            for row in packet_bytes.tolist()
        ]
    )
