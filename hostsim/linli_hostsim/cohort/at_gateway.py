"""What a cohort is to gateways of twins: lora.gateway.Others, from a window's background."""

from collections.abc import Callable

import numpy as np

from ..lora.airtime import SPREADING_FACTORS, symbol_us
from ..lora.interference import Interference
from ..lora.reception import Reception
from ..packet import Fate
from .background import Background, Heard
from .frames import ROWS, Frames, Receptions
from .transmissions import Transmissions

Foreign = tuple[tuple[Frames, Receptions], Transmissions]


class AtGateways:
    """The cohort at the gateways that it shares with twins, and theirs that it has to know of.

    `background` is to cover the present, and what has met a frame that ends now. `disturbed` is
    called when a twin's frame or a transmission to one begins.
    """

    def __init__(
        self, interference: Interference, disturbed: Callable[[], None] = lambda: None
    ) -> None:
        self.background = Background.none()
        self.interference = interference
        self.disturbed = disturbed
        # The gateway's number, and a frame that began there.
        self.heard: list[tuple[int, Reception]] = []
        # The gateway's number, and from when to when it sent.
        self.sent: list[tuple[int, int, int]] = []

    def take(self, end_us: int) -> Foreign:
        """Return what the gateways heard and sent that began before `end_us`, and forget it."""
        heard = [one for one in self.heard if one[1].begin_us < end_us]
        self.heard = [one for one in self.heard if one[1].begin_us >= end_us]
        sent = [one for one in self.sent if one[1] < end_us]
        self.sent = [one for one in self.sent if one[1] >= end_us]
        adds_up = self.interference.adds_up
        if not heard and not sent:
            return (Frames.none(), Receptions.none(adds_up)), Transmissions.none()
        columns = [(r.begin_us, r.end_us, r.channel, r.row, number) for number, r in heard]
        begin, end, channel, row, number = np.array(columns, np.int64).reshape(-1, 5).T
        levels = np.array([reception.rssi_dbm for _, reception in heard])
        # A frame at two gateways counts as two frames: to the cohort only its arrivals matter.
        receptions = Receptions.new(np.arange(len(heard)), number, levels, adds_up)
        intervals = np.array(sent, np.int64).reshape(-1, 3).T
        return (Frames(begin, end, channel, row), receptions), Transmissions.of(*intervals)


class AtGateway:
    """What `everywhere` is at gateway `number`."""

    def __init__(self, number: int, everywhere: AtGateways) -> None:
        self._number = number
        self._everywhere = everywhere
        interference = everywhere.interference
        self._adds_up = interference.adds_up
        self._spares_tail = interference.spares_tail
        self._isolation_db = np.array(interference.isolation_db)
        self._spare_us = np.array(
            [interference.spare_symbols * symbol_us(factor) for factor in SPREADING_FACTORS]
        )

    def is_transmitting(self, time_us: int) -> bool:
        """Tell whether the gateway answers the cohort."""
        background = self._everywhere.background
        return background.is_transmitting(self._number, time_us, time_us + 1)

    def held(self, time_us: int) -> int:
        """Return how many demodulators the cohort's frames hold."""
        return self._everywhere.background.held(self._number, time_us)

    def hear(self, reception: Reception) -> None:
        """Take note of a twin's frame that begins."""
        self._everywhere.heard.append((self._number, reception))
        self._everywhere.disturbed()

    def send(self, begin_us: int, end_us: int) -> None:
        """Take note of a transmission to a twin."""
        self._everywhere.sent.append((self._number, begin_us, end_us))
        self._everywhere.disturbed()

    def spoil(self, reception: Reception) -> None:
        """Do to a frame that ends what the cohort's frames and answers have done to it."""
        begin_us, end_us = reception.begin_us, reception.end_us
        background, number = self._everywhere.background, self._number
        met = background.overlapping(number, reception.channel, begin_us, end_us)
        if len(met) and self._adds_up:
            self._add_energies(reception, met)
        elif len(met) and self._is_spoilt(reception, met):
            reception.fate = Fate.COLLIDED
        if reception.fate is None and background.is_transmitting(number, begin_us, end_us):
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
