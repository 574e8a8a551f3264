"""What a cohort is to one gateway of twins: lora.gateway.Others, from a window's background."""

from collections.abc import Sequence

import numpy as np

from ..lora.airtime import SPREADING_FACTORS, symbol_us
from ..lora.interference import Interference
from ..lora.reception import Reception
from ..packet import Fate
from .background import Background, Heard
from .frames import ROWS, Frames, Receptions
from .transmissions import Transmissions

Foreign = tuple[tuple[Frames, Receptions], Transmissions]


class AtGateway:
    """The cohort's frames and answers at gateway `number`; its twins' are kept for the cohort.

    `background` is to cover the present, and what has met a frame that ends now.
    """

    def __init__(self, number: int, interference: Interference) -> None:
        self.number = number
        self.background = Background(Heard.none(), Transmissions.none(), 0)
        self.heard: list[Reception] = []
        self.sent: list[tuple[int, int]] = []
        self._adds_up = interference.adds_up
        self._spares_tail = interference.spares_tail
        self._isolation_db = np.array(interference.isolation_db)
        self._spare_us = np.array(
            [interference.spare_symbols * symbol_us(factor) for factor in SPREADING_FACTORS]
        )

    def is_transmitting(self, time_us: int) -> bool:
        """Tell whether the gateway answers the cohort."""
        return self.background.is_transmitting(self.number, time_us, time_us + 1)

    def held(self, time_us: int) -> int:
        """Return how many demodulators the cohort's frames hold."""
        return self.background.held(self.number, time_us)

    def hear(self, reception: Reception) -> None:
        """Take note of a twin's frame that begins."""
        self.heard.append(reception)

    def send(self, begin_us: int, end_us: int) -> None:
        """Take note of a transmission to a twin."""
        self.sent.append((begin_us, end_us))

    def spoil(self, reception: Reception) -> None:
        """Do to a frame that ends what the cohort's frames and answers have done to it."""
        begin_us, end_us = reception.begin_us, reception.end_us
        met = self.background.overlapping(self.number, reception.channel, begin_us, end_us)
        if len(met) and self._adds_up:
            self._add_energies(reception, met)
        elif len(met) and self._is_spoilt(reception, met):
            reception.fate = Fate.COLLIDED
        if reception.fate is None and self.background.is_transmitting(
            self.number, begin_us, end_us
        ):
            reception.fate = Fate.GATEWAY_TRANSMITTING

    def _is_spoilt(self, reception: Reception, met: Heard) -> bool:
        row = met.spreading_factor - SPREADING_FACTORS[0]
        is_weak = reception.rssi_dbm - met.rssi_dbm < self._isolation_db[reception.row, row]
        is_newer = reception.begin_us >= met.begin_us
        older_end_us = np.where(is_newer, met.end_us, reception.end_us)
        newer_locked_us = np.where(
            is_newer,
            reception.begin_us + self._spare_us[reception.row],
            met.begin_us + self._spare_us[row],
        )
        is_spared = (older_end_us <= newer_locked_us) & (is_newer | self._spares_tail)
        return bool((is_weak & ~is_spared).any())

    def _add_energies(self, reception: Reception, met: Heard) -> None:
        assert reception.harm is not None
        overlap_us = np.minimum(met.end_us, reception.end_us) - np.maximum(
            met.begin_us, reception.begin_us
        )
        row = met.spreading_factor - SPREADING_FACTORS[0]
        harm = np.bincount(row, 10 ** (met.rssi_dbm / 10) * overlap_us, ROWS)
        reception.harm = [
            one + more for one, more in zip(reception.harm, harm.tolist(), strict=True)
        ]


def taken(gateways: Sequence[AtGateway], end_us: int, adds_up: bool) -> Foreign:
    """Return what the twins' gateways heard and sent that began before `end_us`, and forget it."""
    heard: list[tuple[int, Reception]] = []
    sent: list[tuple[int, int, int]] = []
    for gateway in gateways:
        heard += [(gateway.number, each) for each in gateway.heard if each.begin_us < end_us]
        gateway.heard = [each for each in gateway.heard if each.begin_us >= end_us]
        sent += [(gateway.number, *each) for each in gateway.sent if each[0] < end_us]
        gateway.sent = [each for each in gateway.sent if each[0] >= end_us]
    if not heard and not sent:
        return (Frames.none(), Receptions.none(adds_up)), Transmissions.none()
    heard.sort(key=lambda one: one[1].begin_us)
    columns = [(r.begin_us, r.end_us, r.channel, r.row, number) for number, r in heard]
    begin, end, channel, row, number = np.array(columns, np.int64).reshape(-1, 5).T
    levels = np.array([reception.rssi_dbm for _, reception in heard])
    # A frame at two gateways counts as two frames: to the cohort only its arrivals matter.
    receptions = Receptions.new(np.arange(len(heard)), number, levels, adds_up)
    intervals = np.array(sent, np.int64).reshape(-1, 3).T
    return (Frames(begin, end, channel, row), receptions), Transmissions.of(*intervals)
