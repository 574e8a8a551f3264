"""What a cohort has on the air in a window, for devices and gateways that are simulated singly."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..lora.airtime import SPREADING_FACTORS
from .frames import Flags, Frames, Ints, Levels, Receptions
from .timelines import order_by_group
from .transmissions import Transmissions
from .world import FOREIGN, Air

MEMORY_US = 4_000_000
"""Longer than any frame: so long a frame that has ended may still have met one that has not."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Arrivals of the cohort's frames at gateways, in any order; `locked` holds a demodulator."""

    gateway: Ints
    channel: Ints
    spreading_factor: Ints
    begin_us: Ints
    end_us: Ints
    rssi_dbm: Levels
    locked: Flags

    @classmethod
    def of(cls, air: Air) -> "Heard":
        """Return the arrivals of the cohort's own frames in `air`."""
        own = np.flatnonzero(air.message[air.receptions.frame] != FOREIGN)
        frame = air.receptions.frame[own]
        return cls(
            air.receptions.gateway[own],
            air.frames.channel[frame],
            air.frames.row[frame] + SPREADING_FACTORS[0],
            air.frames.begin_us[frame],
            air.frames.end_us[frame],
            air.receptions.rssi_dbm[own],
            air.receptions.locked[own],
        )

    def __len__(self) -> int:
        return len(self.gateway)

    def take(self, which: Ints | Flags) -> "Heard":
        """Return some of the arrivals."""
        return Heard(
            self.gateway[which],
            self.channel[which],
            self.spreading_factor[which],
            self.begin_us[which],
            self.end_us[which],
            self.rssi_dbm[which],
            self.locked[which],
        )

    @classmethod
    def all_of(cls, parts: Sequence["Heard"]) -> "Heard":
        """Return the arrivals of all `parts`."""
        return cls(
            np.concatenate([part.gateway for part in parts]),
            np.concatenate([part.channel for part in parts]),
            np.concatenate([part.spreading_factor for part in parts]),
            np.concatenate([part.begin_us for part in parts]),
            np.concatenate([part.end_us for part in parts]),
            np.concatenate([part.rssi_dbm for part in parts]),
            np.concatenate([part.locked for part in parts]),
        )

    def ended_by(self, time_us: int) -> "Heard":
        """Return those that have ended by then."""
        return self.take(self.end_us <= time_us)


@dataclass(frozen=True, slots=True)
class Past:
    """What was on the air in a window that ended at `end_us`."""

    end_us: int
    air: Air
    transmissions: Transmissions


class Background:
    """The cohort's frames and gateways' transmissions up to `end_us`, and some seconds back.

    Of most windows nobody asks: what is heard of it is worked out when somebody does.
    """

    def __init__(
        self, end_us: int, air: Air, transmissions: Transmissions, past: Sequence[Past] = ()
    ) -> None:
        self.end_us = end_us
        self._air = air
        self._transmissions = transmissions
        self._past = past

    @classmethod
    def none(cls) -> "Background":
        """Return nothing at all."""
        nothing = np.empty(0, np.int64)
        return cls(0, Air(Frames.none(), Receptions.none(), nothing, nothing), Transmissions.none())

    @cached_property
    def _heard(self) -> Heard:
        # What was on the air still when a window ended is in the next one's air.
        past = [Heard.of(one.air).ended_by(one.end_us) for one in self._past]
        heard = Heard.all_of([*past, Heard.of(self._air)])
        return heard.take(order_by_group(heard.gateway))

    @cached_property
    def transmissions(self) -> Transmissions:
        """All of the gateways' transmissions."""
        transmissions = self._transmissions
        for one in self._past:
            transmissions = transmissions.joined(one.transmissions)
        return transmissions

    def overlapping(
        self,
        gateway: int,
        channel: int,
        begin_us: int,
        end_us: int,
        spreading_factor: int | None = None,
    ) -> Heard:
        """Return what `gateway` hears on `channel` of frames that overlap with the given time.

        None: of any spreading factor.
        """
        near = self._at(gateway)
        meets = (near.channel == channel) & (near.begin_us < end_us) & (near.end_us > begin_us)
        if spreading_factor is not None:
            meets &= near.spreading_factor == spreading_factor
        return near.take(meets)

    def held(self, gateway: int, time_us: int) -> int:
        """Return how many of a gateway's demodulators the cohort's frames hold."""
        near = self._at(gateway)
        return int((near.locked & (near.begin_us <= time_us) & (near.end_us > time_us)).sum())

    def is_transmitting(self, gateway: int, begin_us: int, end_us: int) -> bool:
        """Tell whether a gateway answers the cohort in some of the given time."""
        first, last = np.searchsorted(self.transmissions.gateway, (gateway, gateway + 1))
        begins = self.transmissions.begin_us[first:last]
        ends = self.transmissions.end_us[first:last]
        return bool(((begins < end_us) & (ends > begin_us)).any())

    def _at(self, gateway: int) -> Heard:
        first, last = np.searchsorted(self._heard.gateway, (gateway, gateway + 1))
        return self._heard.take(np.arange(first, last))
