"""Repair crews: a limited number, each busy with one job at a time."""

import random
from collections import deque
from collections.abc import Callable

from simpy import Environment

from ..clockwork import US_PER_H, at


class RepairCrews:
    """`count` crews; jobs take Exp(`mttr_h`) each and are begun in the order in which they came."""

    def __init__(self, env: Environment, random: random.Random, count: int, mttr_h: float) -> None:
        self._env = env
        self._random = random
        self._free = count
        self._mttr_h = mttr_h
        self._waiting: deque[Callable[[], None]] = deque()

    def order(self, done: Callable[[], None]) -> None:
        """Have something repaired; then call `done`."""
        if self._free:
            self._free -= 1
            self._begin(done)
        else:
            self._waiting.append(done)

    def _begin(self, done: Callable[[], None]) -> None:
        hours = self._random.expovariate(1 / self._mttr_h)
        at(self._env, round(hours * US_PER_H), self._end, done)

    def _end(self, done: Callable[[], None]) -> None:
        if self._waiting:
            self._begin(self._waiting.popleft())
        else:
            self._free += 1
        done()
