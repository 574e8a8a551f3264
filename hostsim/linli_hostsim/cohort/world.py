"""What does not change in a cohort: its devices, how they are heard, and the rules of the air."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..clockwork import US_PER_MS
from ..lora.ack_timeout import ack_timeout_ms
from ..lora.airtime import SPREADING_FACTORS
from ..lora.lorawan import RECEIVE_DELAY_US, frame_us
from ..lora.region import Region
from ..lora.sensitivity import NS3, Sensitivity
from .acknowledgements import Answers
from .draws import uniform
from .frames import STILL_HEARD, Bytes, Flags, Frames, Ints, Receptions, joined
from .messages import Messages
from .reach import Reach
from .reception import Receiver
from .transmissions import Transmissions

FOREIGN = -1
"""The message of a frame that is not the cohort's."""

CARRIED = -1
"""The level of a frame that began before the window."""

CHANNEL = 4
"""The purpose of the draws that frames choose their channels by."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Like devices: how many, how often they report, and the bytes of report and acknowledgement.

    A report is late by up to `jitter_s`. The first one may have another size.
    """

    name: str
    devices: int
    interval_s: float
    jitter_s: float
    report_bytes: int
    acknowledgement_bytes: int = 20
    first_report_bytes: int | None = None


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
    """The devices of `kinds`, in their order, heard as `reach` says by gateways like `receiver`."""

    def __init__(
        self,
        kinds: Sequence[Kind],
        reach: Reach,
        receiver: Receiver,
        region: Region,
        seed: int,
        sensitivity: Sensitivity = NS3,
    ) -> None:
        self.kinds = kinds
        self.kind = np.repeat(np.arange(len(kinds), dtype=np.int8), [k.devices for k in kinds])
        self.reach = reach
        self.receiver = receiver
        self.region = region
        self.seed = seed
        # By kind and row.
        self.airtime_us = np.array([_airtimes_us(kind.report_bytes) for kind in kinds])
        self._report_bytes = np.array([kind.report_bytes for kind in kinds])
        self._first_bytes = np.array(
            [kind.first_report_bytes or kind.report_bytes for kind in kinds]
        )
        self._first_airtime_us = np.array(
            [_airtimes_us(number) for number in self._first_bytes.tolist()]
        )
        self._answer_bytes = np.array([kind.acknowledgement_bytes for kind in kinds])
        self.answer_us = np.array([_airtimes_us(kind.acknowledgement_bytes) for kind in kinds])
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

    def report_bytes(self, messages: Messages, which: Ints) -> Ints:
        """Return the bytes in a frame of messages `which`."""
        kind = self.kind[messages.device[which]]
        is_first = messages.number[which] == 0
        return np.where(is_first, self._first_bytes[kind], self._report_bytes[kind])

    def answer_bytes(self, device: Ints) -> Ints:
        """Return the bytes in an answer to the devices."""
        return np.asarray(self._answer_bytes[self.kind[device]])

    def send(self, messages: Messages, which: Ints, level: Ints, begin_us: Ints) -> Air:
        """Return the frames of messages `which` that begin at `begin_us`, in that order."""
        device = messages.device[which]
        row = self.reach.row[device]
        attempt = messages.attempt[which] + level
        draw = uniform(self.seed, CHANNEL, device, messages.number[which], attempt)
        kind = self.kind[device]
        airtime_us = np.where(
            messages.number[which] == 0,
            self._first_airtime_us[kind, row],
            self.airtime_us[kind, row],
        )
        frames = Frames(
            begin_us,
            begin_us + airtime_us,
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

    def guess(self, messages: Messages, air: Air, which: Flags, until_us: int) -> Transmissions:
        """Return the answers to `which` frames if each is received where it is strongest."""
        receptions, frames = air.receptions, air.frames
        is_first = np.append(True, receptions.frame[1:] != receptions.frame[:-1])
        number = np.flatnonzero(is_first[: len(receptions)])
        frame = receptions.frame[number]
        opens_us = frames.end_us[frame] + RECEIVE_DELAY_US
        heard = which[frame] & (opens_us < until_us) & (receptions.fate[number] == STILL_HEARD)
        number, frame, opens_us = number[heard], frame[heard], opens_us[heard]
        kind = self.kind[messages.device[air.message[frame]]]
        airtime_us = self.answer_us[kind, frames.row[frame]]
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
        device = messages.device[message]
        # The strongest come first, so that those that reach the device do too; with none that does,
        # the strongest is tried all the same.
        choices = np.maximum(np.add.reduceat(reaches, first, dtype=np.int64), 1)
        order = np.argsort(air.frames.end_us[answered], kind="stable")
        opens_us = air.frames.end_us[answered] + RECEIVE_DELAY_US
        return Answers(
            opens_us[order],
            self.answer_us[self.kind[device], air.frames.row[answered]][order],
            channel[first][order],
            message[order],
            air.level[answered][order],
            first[order],
            choices[order],
            air.receptions.gateway[heard],
            reaches,
        )


def _airtimes_us(packet_bytes: int) -> list[int]:
    return [frame_us(packet_bytes, sf) for sf in SPREADING_FACTORS]
