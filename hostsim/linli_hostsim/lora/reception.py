"""Frames as they arrive at one gateway, and which of them spoil each other."""

import math
from collections import defaultdict
from collections.abc import Callable

from ..packet import Fate
from .airtime import SPREADING_FACTORS, symbol_us
from .interference import Interference

_FIRST = SPREADING_FACTORS[0]
_NOTHING = -math.inf


class Reception:
    """One frame as it arrives; `fate` stays None while it can still be received.

    Where energies add up, `harm` is the energy of all that overlapped with it by spreading factor,
    in mW µs.
    """

    __slots__ = ("begin_us", "channel", "end_us", "fate", "harm", "locked", "row", "rssi_dbm")

    def __init__(
        self, channel: int, spreading_factor: int, rssi_dbm: float, begin_us: int, end_us: int
    ) -> None:
        self.channel = channel
        self.row = spreading_factor - _FIRST
        self.rssi_dbm = rssi_dbm
        self.begin_us = begin_us
        self.end_us = end_us
        self.fate: Fate | None = None
        self.locked = False
        self.harm: list[float] | None = None


class Receptions:
    """What one gateway hears now. A frame that `interference` spoils becomes COLLIDED.

    They lie by channel and spreading factor, so that a search meets only frames that matter.
    """

    def __init__(self, interference: Interference) -> None:
        self._matrix = matrix = interference.isolation_db
        self._adds_up = interference.adds_up
        self._spares_tail = interference.spares_tail
        self._spare_us = [
            interference.spare_symbols * symbol_us(factor) for factor in SPREADING_FACTORS
        ]
        rows = range(len(SPREADING_FACTORS))
        # By row: the others that can spoil it or be spoilt, with the lead each way that saves.
        self._pairs = [
            [
                (other, matrix[row][other], matrix[other][row])
                for other in rows
                if max(matrix[row][other], matrix[other][row]) > _NOTHING
            ]
            for row in rows
        ]
        self._by_channel: defaultdict[int, list[list[Reception]]] = defaultdict(
            lambda: [[] for _ in rows]
        )

    def add(self, new: Reception) -> None:
        """Take in a frame that begins now."""
        by_row = self._by_channel[new.channel]
        if self._adds_up:
            self._add_energies(new, by_row)
        else:
            self._compare(new, by_row)
        by_row[new.row].append(new)

    def remove(self, ended: Reception) -> None:
        """Let go of a frame that ends now; whether it was spoilt is settled."""
        self._by_channel[ended.channel][ended.row].remove(ended)
        if ended.harm is not None and ended.fate is None and self._is_drowned(ended, ended.harm):
            ended.fate = Fate.COLLIDED

    def spoil(self, which: Callable[[Reception], bool], fate: Fate) -> None:
        """Give `fate` to those that could still be received and that `which` tells."""
        for by_row in self._by_channel.values():
            for ongoing in by_row:
                for reception in ongoing:
                    if reception.fate is None and which(reception):
                        reception.fate = fate

    def _compare(self, new: Reception, by_row: list[list[Reception]]) -> None:
        locked_us = new.begin_us + self._spare_us[new.row]
        for row, needed_db, others_need_db in self._pairs[new.row]:
            for other in by_row[row]:
                is_spared = other.end_us <= locked_us
                if is_spared and self._spares_tail:
                    continue
                lead_db = new.rssi_dbm - other.rssi_dbm
                if lead_db < needed_db and not is_spared and new.fate is None:
                    new.fate = Fate.COLLIDED
                if -lead_db < others_need_db and other.fate is None:
                    other.fate = Fate.COLLIDED

    def _add_energies(self, new: Reception, by_row: list[list[Reception]]) -> None:
        new.harm = [0.0] * len(by_row)
        milliwatts = _milliwatts(new)
        for row, ongoing in enumerate(by_row):
            for other in ongoing:
                overlap_us = min(new.end_us, other.end_us) - new.begin_us
                new.harm[row] += _milliwatts(other) * overlap_us
                assert other.harm is not None
                other.harm[new.row] += milliwatts * overlap_us

    def _is_drowned(self, wanted: Reception, harm: list[float]) -> bool:
        energy = _milliwatts(wanted) * (wanted.end_us - wanted.begin_us)
        return any(
            harmful and 10 * math.log10(energy / harmful) < needed_db
            for harmful, needed_db in zip(harm, self._matrix[wanted.row], strict=True)
        )


def _milliwatts(reception: Reception) -> float:
    return float(10 ** (reception.rssi_dbm / 10))
