"""Uplink frames and their arrivals at gateways, as arrays."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..lora.airtime import SPREADING_FACTORS
from ..packet import Fate

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Levels = NDArray[np.floating]
Bytes = NDArray[np.int8]

ROWS = len(SPREADING_FACTORS)
"""A spreading factor's row is the factor less 7, as in the matrices of lora.interference."""

STILL_HEARD = int(Fate.DELIVERED)
"""The fate of a reception that nothing has spoilt so far."""


@dataclass(slots=True)
class Frames:
    """Frames in the order of `begin_us`; all arrays are of one length."""

    begin_us: Ints
    end_us: Ints
    channel: Ints
    row: Ints

    def __len__(self) -> int:
        return len(self.begin_us)

    def take(self, index: Ints | Flags) -> "Frames":
        """Return the frames at `index`, which must keep their order."""
        return Frames(
            self.begin_us[index], self.end_us[index], self.channel[index], self.row[index]
        )

    @classmethod
    def none(cls) -> Self:
        """Return no frames."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty, empty)


@dataclass(slots=True)
class Receptions:
    """Arrivals: `frame` is an index into Frames, ascending; of one frame the strongest is first.

    `fate` is STILL_HEARD or a Fate; `locked` tells what holds a demodulator. `harm` is the energy
    in mW µs of what overlapped, by row, where interference adds up, else it has no columns.
    """

    frame: Ints
    gateway: Ints
    rssi_dbm: Levels
    fate: Bytes
    locked: Flags
    harm: NDArray[np.float64]

    @classmethod
    def new(cls, frame: Ints, gateway: Ints, rssi_dbm: Levels, adds_up: bool = False) -> Self:
        """Return receptions that have not begun."""
        count = len(frame)
        return cls(
            frame,
            gateway,
            rssi_dbm,
            np.full(count, STILL_HEARD, np.int8),
            np.zeros(count, np.bool_),
            np.zeros((count, ROWS if adds_up else 0)),
        )

    @classmethod
    def none(cls, adds_up: bool = False) -> Self:
        """Return no receptions."""
        empty = np.empty(0, np.int64)
        return cls.new(empty, empty, np.empty(0), adds_up)

    def __len__(self) -> int:
        return len(self.frame)

    def copy(self) -> "Receptions":
        """Return receptions that can be brought up to date apart from these."""
        return replace(
            self, fate=self.fate.copy(), locked=self.locked.copy(), harm=self.harm.copy()
        )

    def take(self, which: Flags) -> "Receptions":
        """Return some of the receptions."""
        return Receptions(
            self.frame[which],
            self.gateway[which],
            self.rssi_dbm[which],
            self.fate[which],
            self.locked[which],
            self.harm[which],
        )

    def put(self, which: Flags, others: "Receptions") -> None:
        """Have what became of `others`, the same ones, in some places."""
        self.fate[which] = others.fate
        self.locked[which] = others.locked
        self.harm[which] = others.harm

    def of_frames(self, kept: Flags) -> "Receptions":
        """Return the receptions of the `kept` frames, which are numbered anew."""
        mine = kept[self.frame]
        number = np.cumsum(kept) - 1
        return Receptions(
            number[self.frame[mine]],
            self.gateway[mine],
            self.rssi_dbm[mine],
            self.fate[mine],
            self.locked[mine],
            self.harm[mine],
        )


def joined(
    first: tuple[Frames, Receptions], second: tuple[Frames, Receptions]
) -> tuple[Frames, Receptions, Ints]:
    """Return both as one, and where each frame went: the first ones', then the second ones'.

    Of frames that begin together the first ones' come first.
    """
    counts = len(first[0]), len(second[0])
    begin_us = np.concatenate((first[0].begin_us, second[0].begin_us))
    order = np.argsort(begin_us, kind="stable")
    place = np.empty(sum(counts), np.int64)
    place[order] = np.arange(sum(counts))
    frames = Frames(
        begin_us[order],
        np.concatenate((first[0].end_us, second[0].end_us))[order],
        np.concatenate((first[0].channel, second[0].channel))[order],
        np.concatenate((first[0].row, second[0].row))[order],
    )
    frame = place[np.concatenate((first[1].frame, second[1].frame + counts[0]))]
    by_frame = np.argsort(frame, kind="stable")
    one, two = first[1], second[1]
    receptions = Receptions(
        frame[by_frame],
        np.concatenate((one.gateway, two.gateway))[by_frame],
        np.concatenate((one.rssi_dbm, two.rssi_dbm))[by_frame],
        np.concatenate((one.fate, two.fate))[by_frame],
        np.concatenate((one.locked, two.locked))[by_frame],
        np.concatenate((one.harm, two.harm))[by_frame],
    )
    return frames, receptions, place
