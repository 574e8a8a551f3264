"""A run of one of LoRaSim's experiments: its traffic, its collisions, its energy."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..clockwork import US_PER_S
from ..cohort.collisions import NEVER_US, Arrivals, Table, compare
from ..cohort.frames import Flags, Ints
from ..energy.currents import lora_transmit_ua
from ..lora.interference import CAPTURE_DB
from ..streams import generator
from .experiments import EXPERIMENTS, PERIOD_S, Setting
from .placement import FAITHFUL, Nodes, Quirks, place

VOLTS = 3.0
_SPARE_SYMBOLS = 3
_UA_PER_A = 1e6
_AT_ONCE = 30_000
"""So many frames, and what is worked out of them, stay in a processor's cache."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run; the energy is that of sending."""

    sent: int
    received: int
    energy_j: float

    @property
    def delivery_ratio(self) -> float:
        """LoRaSim's DER, the share of sent frames that was received."""
        return self.received / self.sent


def run(
    experiment: int,
    nodes: int,
    check: Literal["simple", "full"],
    seed: int,
    packets: int = 100_000,
    quirks: Quirks = FAITHFUL,
) -> Run:
    """Return what comes of some `packets` sent by `nodes` at one placement.

    With the `simple` check any overlap of two frames of one frequency and spreading factor destroys
    both; the `full` one knows capture and spare preamble symbols. PlacementError when the nodes
    have no place, KeyError when there is no such experiment.
    """
    chosen = EXPERIMENTS[experiment]
    random = generator(seed, "lorasim", experiment, nodes)
    placed = place(chosen, nodes, random, quirks)
    airtime_us = np.array([setting.airtime_us for setting in chosen.settings])[placed.setting]
    begin, node = _traffic(placed, airtime_us, packets, random, chosen.settings, quirks)
    sent = np.bincount(node, minlength=nodes)
    if not placed.is_heard.all():
        heard = placed.is_heard[node]
        begin, node = begin[heard], node[heard]
    lost = _lost(begin, node, placed, airtime_us, chosen.settings, check)
    received = len(node) - int(np.count_nonzero(lost))
    ua = [lora_transmit_ua("sx1276", dbm) for dbm in placed.power_dbm.tolist()]
    energy_j = sent * airtime_us / US_PER_S * np.array(ua) / _UA_PER_A * VOLTS
    return Run(int(sent.sum()), received, float(energy_j.sum()))


def _traffic(
    placed: Nodes,
    airtime_us: Ints,
    packets: int,
    random: np.random.Generator,
    settings: Sequence[Setting],
    quirks: Quirks,
) -> tuple[Ints, Ints]:
    """Return begin and node of each frame, in order; frames that cannot collide are far apart.

    Each node pauses Exp(PERIOD_S) before its first frame and after the end of each.
    """
    nodes = len(airtime_us)
    mean_us = PERIOD_S * US_PER_S
    each = packets / nodes
    end_us = math.ceil(each * (mean_us + float(airtime_us.mean())))
    # So many that hardly a node runs out of them before the end.
    columns = math.ceil(each + 6 * math.sqrt(each) + 10)
    pauses_us = random.standard_exponential((nodes, columns))
    pauses_us *= mean_us
    pauses_us[:, 1:] += airtime_us[:, None]
    begin = np.cumsum(pauses_us, axis=1, out=pauses_us).astype(np.int64)
    del pauses_us
    meets = [
        each.spreading_factor * 1000 + (0 if quirks.all_bandwidths_meet else each.bandwidth_khz)
        for each in settings
    ]
    group = np.unique(meets, return_inverse=True)[1][placed.setting]
    group = group * (int(placed.frequency.max()) + 1) + placed.frequency
    time_bits = (end_us + int(airtime_us.max())).bit_length()
    node_bits = nodes.bit_length()
    is_sent = begin < end_us
    # One sort of plain integers: the group's timeline, the time, and the node that goes with them.
    # In place, for fresh memory costs more than the sums.
    begin += (group << time_bits)[:, None]
    begin <<= node_bits
    begin += np.arange(nodes)[:, None]
    ordered = begin[is_sent]
    ordered.sort()
    node = ordered & ((1 << node_bits) - 1)
    ordered >>= node_bits
    return ordered, node


def _lost(
    begin: Ints,
    node: Ints,
    placed: Nodes,
    airtime_us: Ints,
    settings: Sequence[Setting],
    check: Literal["simple", "full"],
) -> Flags:
    if check == "simple":
        table = Table(math.inf, np.zeros(len(settings), np.int64))
    else:
        spare_us = [_SPARE_SYMBOLS * setting.symbol_us for setting in settings]
        table = Table(CAPTURE_DB, np.array(spare_us))
    end = begin + airtime_us[node]
    lost = np.empty(len(begin), np.bool_)
    for some in _stretches(begin, end):
        of = node[some]
        arrivals = Arrivals(begin[some], end[some], placed.setting[of], placed.rssi_dbm[of])
        by_older, by_newer = compare(arrivals, table)
        lost[some] = by_older | (by_newer < NEVER_US)
    return lost


def _stretches(begin: Ints, end: Ints) -> Iterator[slice]:
    """Yield frames, some _AT_ONCE at a time, none of which meets one of the next."""
    is_gap = begin[1:] >= np.maximum.accumulate(end)[:-1]
    gaps = np.append(np.flatnonzero(is_gap) + 1, len(begin))
    first = 0
    while first < len(begin):
        at = int(np.searchsorted(gaps, first + _AT_ONCE))
        last = int(gaps[min(at, len(gaps) - 1)])
        yield slice(first, last)
        first = last
