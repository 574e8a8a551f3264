"""What gateways receive of many frames: the rules of lora.gateway and lora.air, for arrays."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ..lora.gateway import DEMODULATORS
from ..lora.interference import NONE, Interference
from ..lora.sensitivity import GATEWAY_DBM
from ..packet import Fate
from . import demodulators
from .collisions import NEVER_US, Arrivals, Table, add_energies, compare, is_drowned
from .frames import ROWS, STILL_HEARD, Bytes, Flags, Frames, Ints, Receptions
from .timelines import order_by_group
from .transmissions import Transmissions


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of frames: a Fate each, and the reception that counts.

    That is the strongest that was received; -1 where none was.
    """

    fate: Bytes
    reception: Ints

    @classmethod
    def of(cls, frames: int, frame: Ints, fates: Bytes) -> Self:
        """Return what follows from the `fates` of receptions of some `frames`."""
        fate = np.full(frames, Fate.BELOW_SENSITIVITY, np.int8)
        best = np.full(frames, -1)
        # Backwards, so that of one frame's receptions the first, the strongest, is what stays.
        fate[frame[::-1]] = fates[::-1]
        received = np.flatnonzero(fates == STILL_HEARD)[::-1]
        best[frame[received]] = received
        fate[best >= 0] = Fate.DELIVERED
        return cls(fate, best)


class Receiver:
    """A set of like gateways: `demodulators` each, None for no limit; `sensitivity_dbm` by row."""

    def __init__(
        self,
        interference: Interference = NONE,
        demodulators: int | None = DEMODULATORS,
        sensitivity_dbm: tuple[float, ...] = tuple(GATEWAY_DBM.values()),
    ) -> None:
        self._table = Table.of(interference)
        self._demodulators = demodulators
        self._sensitivity_dbm = np.array(sensitivity_dbm)

    @property
    def adds_up(self) -> bool:
        """Whether energies of frames are summed, so that receptions need a place for that."""
        return self._table.adds_up

    def receive(
        self,
        frames: Frames,
        receptions: Receptions,
        transmissions: Transmissions,
        since_us: int | None = None,
    ) -> None:
        """Bring `receptions` up to date with all that the arguments hold.

        What began before `since_us` was so treated before and is still on the air: it meets what is
        new, and keeps what it has. All of `transmissions` that touches the frames must be given;
        where it begins in the same microsecond as a frame it comes first, and a frame that ends
        where another begins frees its demodulator for it.
        """
        begin_us = frames.begin_us[receptions.frame]
        end_us = frames.end_us[receptions.frame]
        row = frames.row[receptions.frame]
        is_new = None if since_us is None else begin_us >= since_us
        is_weak = receptions.rssi_dbm < self._sensitivity_dbm[row]
        is_deaf = np.zeros(len(receptions), np.bool_)
        cut_us = np.full(len(receptions), NEVER_US)
        # Most arrivals are too weak to be received and only spoil others; what else happens to them
        # does not matter, unless they are their frame's strongest.
        matters = ~is_weak
        matters[:1] = True
        matters[1:] |= receptions.frame[1:] != receptions.frame[:-1]
        met = np.flatnonzero(matters)
        is_deaf[met], cut_us[met] = transmissions.meet(
            receptions.gateway[met], begin_us[met], end_us[met]
        )
        self._begin(receptions, begin_us, end_us, is_weak, is_deaf, is_new)
        group = receptions.gateway * (int(frames.channel.max(initial=0)) + 1)
        group += frames.channel[receptions.frame]
        if not self._table.crosses:
            group = group * ROWS + row
        # Where nothing is strong enough to be received nothing can be spoilt.
        is_alive = np.zeros(int(group.max(initial=0)) + 1, np.bool_)
        is_alive[group[~is_weak]] = True
        order = np.flatnonzero(is_alive[group])
        order = order[order_by_group(group[order])]
        origin = int(frames.begin_us.min(initial=0))
        start = group[order] * (int(frames.end_us.max(initial=0)) - origin + 1) - origin
        arrivals = Arrivals(
            start + begin_us[order],
            start + end_us[order],
            row[order],
            receptions.rssi_dbm[order],
            None if is_new is None else is_new[order],
        )
        if self._table.adds_up:
            harm = receptions.harm[order]
            add_energies(arrivals, harm)
            receptions.harm[order] = harm
            self._set(receptions, cut_us < end_us, Fate.GATEWAY_TRANSMITTING)
            return
        by_older, by_newer = compare(arrivals, self._table)
        collided = np.zeros(len(receptions), np.bool_)
        collided[order] = by_older
        spoilt = by_newer < arrivals.end
        # The first to spoil a frame is what it was lost to.
        first = np.zeros(len(receptions), np.bool_)
        first[order[spoilt]] = by_newer[spoilt] - start[spoilt] < cut_us[order[spoilt]]
        self._set(receptions, collided | first, Fate.COLLIDED)
        self._set(receptions, cut_us < end_us, Fate.GATEWAY_TRANSMITTING)

    def fates(self, frames: Frames, receptions: Receptions) -> Bytes:
        """Return the fate of each reception whose frame has ended."""
        if not self._table.adds_up:
            return receptions.fate
        drowned = is_drowned(
            (frames.end_us - frames.begin_us)[receptions.frame],
            frames.row[receptions.frame],
            receptions.rssi_dbm,
            receptions.harm,
            self._table,
        )
        drowned &= receptions.fate == STILL_HEARD
        return np.where(drowned, np.int8(Fate.COLLIDED), receptions.fate)

    def outcome(self, frames: Frames, receptions: Receptions) -> Outcome:
        """Return what became of `frames`, all of which have ended."""
        return Outcome.of(len(frames), receptions.frame, self.fates(frames, receptions))

    def _begin(
        self,
        receptions: Receptions,
        begin_us: Ints,
        end_us: Ints,
        is_weak: Flags,
        is_deaf: Flags,
        is_new: Flags | None,
    ) -> None:
        """Settle what a frame meets as it begins, but for other frames."""
        lost = is_deaf | is_weak
        if is_new is not None:
            is_deaf, is_weak = is_deaf & is_new, is_weak & is_new
        receptions.fate[is_weak] = Fate.BELOW_SENSITIVITY
        receptions.fate[is_deaf] = Fate.GATEWAY_TRANSMITTING
        wants = ~lost if is_new is None else np.where(is_new, ~lost, receptions.locked)
        if self._demodulators is not None:
            index = np.flatnonzero(wants)
            gateway = receptions.gateway[index]
            order = order_by_group(gateway)
            index, gateway = index[order], gateway[order]
            origin = int(begin_us.min(initial=0))
            start = gateway * (2 * (int(end_us.max(initial=0)) - origin) + 1) - origin
            refused = demodulators.refused(
                start + begin_us[index],
                start + end_us[index],
                np.ones(len(index), np.bool_) if is_new is None else is_new[index],
                self._demodulators,
            )
            wants[index[refused]] = False
            receptions.fate[index[refused]] = Fate.NO_DEMODULATOR
        receptions.locked = wants

    @staticmethod
    def _set(receptions: Receptions, where: Flags, fate: Fate) -> None:
        receptions.fate[where & (receptions.fate == STILL_HEARD)] = fate
