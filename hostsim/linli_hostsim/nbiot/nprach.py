"""Random access on NPRACH: who chose the same preamble as another is refused and tries again.

Preambles are separate subcarriers, so contention is slotted ALOHA on each of them. Nobody is
refused for noise: repetitions see to that up to a coverage class's greatest loss.
"""

import math
import random
from collections import defaultdict
from collections.abc import Callable

from simpy import Environment

from ..clockwork import US_PER_S, at, now_us
from .coverage import CoverageClass


def success(rate_per_s: float, period_s: float, preambles: int) -> float:
    """Return the chance that no other of `rate_per_s` attempts has an attempt's preamble.

    >>> round(success(6.81, 0.640, 48), 4)
    0.9132
    """
    return math.exp(-rate_per_s * period_s / preambles)


def attempts_per_s(rate_per_s: float, period_s: float, preambles: int) -> float:
    """Return the rate of all attempts when every refused one is made again, widely spread.

    The lesser solution x of x · success(x) = `rate_per_s`, by Newton's method; ValueError when
    there is none, because NPRACH is overloaded: above `preambles` / (e · `period_s`).
    """
    load = rate_per_s * period_s / preambles
    if load > math.exp(-1):
        raise ValueError(f"{rate_per_s} reports/s on {preambles} preambles each {period_s} s")
    found = load
    for _ in range(100):
        step = (found * math.exp(-found) - load) / (math.exp(-found) * (1 - found) or 1.0)
        found -= step
        if abs(step) < 1e-15:
            break
    return found * preambles / period_s


class Nprach:
    """The access opportunities of one coverage class; attempts are settled at the end of each.

    `others_per_s` attempts of devices that are not simulated are told by `success`.
    """

    def __init__(
        self,
        env: Environment,
        random: random.Random,
        coverage_class: CoverageClass,
        others_per_s: float = 0.0,
    ) -> None:
        self._env = env
        self._random = random
        self._preambles = coverage_class.preambles
        self._period_us = round(coverage_class.nprach_period_s * US_PER_S)
        self._clear = success(
            others_per_s, coverage_class.nprach_period_s, coverage_class.preambles
        )
        self._asking: defaultdict[int, list[Callable[[bool], None]]] = defaultdict(list)

    def ask(self, answer: Callable[[bool], None]) -> None:
        """Make an attempt at the next opportunity; `answer` is told at its end if it was heard."""
        if not self._asking:
            at(self._env, self._period_us - now_us(self._env) % self._period_us, self._settle)
        self._asking[int(self._random.random() * self._preambles)].append(answer)

    def _settle(self) -> None:
        asking, self._asking = self._asking, defaultdict(list)
        for answers in asking.values():
            is_heard = len(answers) == 1 and (
                self._clear == 1.0 or self._random.random() < self._clear
            )
            for answer in answers:
                answer(is_heard)
