"""Where gateways stand: greedily one after the other, then moved while that helps.

For each number the places are those that leave the fewest devices out of reach, as expected before
their shadowing is known. (Such a search is that for k medoids: Kaufman and Rousseeuw 1987, whose
steps are called BUILD and SWAP.)
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
"""A row for each device, a column for each place."""

DECIBEL = 1e-3
"""A decibel less for everybody weighs as much as one device in a thousand reached: our choice."""

_ROUNDS = 5


class Chooser:
    """Chooses among places by the chance that each leaves a device out, and its mean loss."""

    def __init__(self, missed: Matrix, loss_db: Matrix) -> None:
        self._missed = missed
        self._loss_db = loss_db
        self._greedy: list[int] = []
        self._chosen: dict[int, tuple[int, ...]] = {}

    def choose(self, count: int) -> tuple[int, ...]:
        """Return the columns of `count` places, in ascending order."""
        if count not in self._chosen:
            while len(self._greedy) < count:
                self._greedy.append(self._best(self._greedy))
            self._chosen[count] = tuple(sorted(self._moved(self._greedy[:count])))
        return self._chosen[count]

    def _best(self, others: list[int]) -> int:
        """Return the place that serves best together with `others`, not one of them."""
        missed = self._missed[:, others].prod(axis=1)
        nearest_db = self._loss_db[:, others].min(axis=1, initial=np.inf)
        harm = missed @ self._missed
        harm += DECIBEL * np.minimum(nearest_db[:, None], self._loss_db).sum(axis=0)
        harm[others] = np.inf
        return int(harm.argmin())

    def _moved(self, places: list[int]) -> list[int]:
        for _ in range(_ROUNDS):
            before = list(places)
            for number in range(len(places)):
                places[number] = self._best(places[:number] + places[number + 1 :])
            if places == before:
                break
        return places
