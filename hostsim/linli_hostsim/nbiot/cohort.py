"""A window of many devices' reports at once: the rules of modem, NPRACH and tones as arrays.

Every device sleeps before its report, as in `report`. What goes on at the edges of a window is
told from its own reports only: retries into the next window meet nobody there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clockwork import US_PER_S
from ..packet import Fate
from . import report
from .carrier import tones
from .coverage import CLASSES, MAX_LOSS_DB, CoverageClass, Mode, class_number
from .modem import ATTEMPTS, BACKOFF_S
from .nprach import success
from .sector import CLASS_SHARES
from .waiting import waits_us

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for all reports; as the keys of a scenario's [nbiot]."""

    mode: Mode = Mode.IN_BAND
    others_per_s: float = 0.0
    attempts: int = ATTEMPTS
    backoff_s: float = BACKOFF_S
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of each report; `fate` has numbers of Fate, `latency_us` counts if DELIVERED.

    `energy_j` is that of TR 45.820's device; `transmit_s` and `receive_s` tell any other's.
    """

    fate: NDArray[np.uint8]
    latency_us: Times
    attempts: NDArray[np.uint8]
    transmit_s: Floats
    receive_s: Floats

    @property
    def energy_j(self) -> Floats:
        """The energy of each report, without sleep."""
        energy: Floats = report.TRANSMIT_W * self.transmit_s + report.RECEIVE_W * self.receive_s
        return energy


def resolve(
    start_us: Times,
    coupling_loss_db: Floats,
    payload_bytes: Floats,
    generator: np.random.Generator,
    rules: Rules = Rules(),
    cell: NDArray[np.intp] | None = None,
) -> Outcome:
    """Return the outcome of reports that begin at `start_us`, in any order, of one shape each.

    `payload_bytes` go with `report.OVERHEAD_BYTES`. `cell` numbers the cells from 0; None: one.
    """
    count = len(start_us)
    cell = np.zeros(count, np.intp) if cell is None else cell
    number = np.where(coupling_loss_db <= MAX_LOSS_DB, class_number(coupling_loss_db), -1)
    attempts = np.zeros(count, np.uint8)
    granted_us = np.full(count, -1, np.int64)
    extra_transmit_s, extra_receive_s = np.zeros(count), np.zeros(count)
    for one in CLASSES:
        own = np.flatnonzero(number == one.number)
        heard_us, tries = _contend(start_us[own], cell[own], one, generator, rules)
        setup_s = report.setup_s(coupling_loss_db[own], one.nprach_period_s, rules.mode)
        setup_us = np.rint(np.asarray(setup_s) * US_PER_S).astype(np.int64)
        granted_us[own] = np.where(heard_us >= 0, heard_us + setup_us, -1)
        attempts[own] = tries
        refused = tries - (heard_us >= 0)
        extra_transmit_s[own] = refused * one.nprach_s
        extra_receive_s[own] = refused * one.contention_s
    is_granted = granted_us >= 0
    transmit_s = np.where(is_granted, report.transmit_s(coupling_loss_db, payload_bytes), 0.0)
    receive_s = np.where(is_granted, report.receive_s(coupling_loss_db), 0.0)
    airtime_us = np.rint(transmit_s * US_PER_S).astype(np.int64)
    sent_us = _sent_us(granted_us, airtime_us, cell)
    fate = np.where(is_granted, Fate.DELIVERED, Fate.COLLIDED).astype(np.uint8)
    fate[is_granted & (generator.random(count) < rules.loss)] = Fate.CORRUPTED
    fate[number < 0] = Fate.BELOW_SENSITIVITY
    latency_us = np.where(is_granted, sent_us - start_us, 0)
    return Outcome(
        fate, latency_us, attempts, transmit_s + extra_transmit_s, receive_s + extra_receive_s
    )


def _contend(
    start_us: Times,
    cell: NDArray[np.intp],
    one: CoverageClass,
    generator: np.random.Generator,
    rules: Rules,
) -> tuple[Times, NDArray[np.uint8]]:
    """Return when each device of a class was heard on NPRACH, -1 for never, and its attempts.

    A retry may spoil an attempt that seemed to be heard, which then is repeated as well. Attempts
    are only ever added, so this ends, and where it ends every attempt is as the others make it.
    """
    count = len(start_us)
    tries = np.zeros(count, np.uint8)
    if not count:
        return np.zeros(0, np.int64), tries
    period_us = round(one.nprach_period_s * US_PER_S)
    wait_us = round(one.contention_s * US_PER_S)
    backoff_us = round(rules.backoff_s * US_PER_S)
    others_per_s = rules.others_per_s * CLASS_SHARES[one.number]
    clear = success(others_per_s, one.nprach_period_s, one.preambles)
    asks_us = start_us.copy()
    first_slot = int(start_us.min()) // period_us
    last_us = int(start_us.max()) + rules.attempts * (wait_us + backoff_us + period_us)
    slots = last_us // period_us - first_slot + 1
    used = np.zeros((int(cell.max()) + 1) * slots * one.preambles, np.int32)
    resource = np.zeros(count, np.int64)
    is_disturbed = np.zeros(count, bool)
    asking = np.arange(count)
    while len(asking):
        slot = asks_us[asking] // period_us - first_slot
        preamble = generator.integers(0, one.preambles, len(asking))
        resource[asking] = (cell[asking] * slots + slot) * one.preambles + preamble
        is_disturbed[asking] = generator.random(len(asking)) >= clear
        tries[asking] += 1
        np.add.at(used, resource[asking], 1)
        is_refused = (used[resource] > 1) | is_disturbed
        asking = np.flatnonzero(is_refused & (tries < rules.attempts))
        settled_us = (asks_us[asking] // period_us + 1) * period_us
        pause_us = (generator.random(len(asking)) * backoff_us).astype(np.int64)
        asks_us[asking] = settled_us + wait_us + pause_us
    heard_us = (asks_us // period_us + 1) * period_us
    return np.where(is_refused, -1, heard_us), tries


def _sent_us(granted_us: Times, airtime_us: Times, cell: NDArray[np.intp]) -> Times:
    """Return when each granted report has been sent on one of its cell's tones."""
    sent_us = granted_us + airtime_us
    for number in np.unique(cell):
        own = np.flatnonzero((cell == number) & (granted_us >= 0))
        own = own[np.argsort(granted_us[own], kind="stable")]
        sent_us[own] += waits_us(granted_us[own], airtime_us[own], tones())
    return sent_us
