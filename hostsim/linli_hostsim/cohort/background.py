"""What a cohort has on the air in a window, for devices and gateways that are simulated singly."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..lora.airtime import SPREADING_FACTORS
from .frames import Flags, Ints, Levels
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

    @classmethod
    def none(cls) -> "Heard":
        """Return no arrivals."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty, empty, empty, np.empty(0), np.empty(0, np.bool_))

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

    def joined(self, other: "Heard") -> "Heard":
        """Return these and the `other` arrivals."""
        return Heard(
            np.concatenate((self.gateway, other.gateway)),
            np.concatenate((self.channel, other.channel)),
            np.concatenate((self.spreading_factor, other.spreading_factor)),
            np.concatenate((self.begin_us, other.begin_us)),
            np.concatenate((self.end_us, other.end_us)),
            np.concatenate((self.rssi_dbm, other.rssi_dbm)),
            np.concatenate((self.locked, other.locked)),
        )

    def lately(self, now_us: int) -> "Heard":
        """Return those that have ended, but not long before `now_us`."""
        return self.take((self.end_us <= now_us) & (self.end_us > now_us - MEMORY_US))


class Background:
    """The cohort's frames and gateways' transmissions up to `end_us`, and some seconds back."""

    def __init__(self, heard: Heard, transmissions: Transmissions, end_us: int) -> None:
        self._unsorted = heard
        self.transmissions = transmissions
        self.end_us = end_us

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

    @cached_property
    def _heard(self) -> Heard:
        # Of most windows nobody asks.
        return self._unsorted.take(order_by_group(self._unsorted.gateway))

    def _at(self, gateway: int) -> Heard:
        first, last = np.searchsorted(self._heard.gateway, (gateway, gateway + 1))
        return self._heard.take(np.arange(first, last))
