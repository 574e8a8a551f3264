"""Sums by device, entered in heaps: one by one, scattered over a million places, they are slow."""

import numpy as np

from .frames import Ints


class DeviceSums:
    """A sum for each of some `devices`."""

    def __init__(self, devices: int) -> None:
        self._sums = np.zeros(devices, np.int64)
        self._devices: list[Ints] = []
        self._amounts: list[Ints] = []
        self._count = 0

    def add(self, device: Ints, amount: Ints | None = None) -> None:
        """Add an `amount` to the sum of each `device`, 1 if not given."""
        self._devices.append(device)
        self._amounts.append(np.ones(len(device), np.int64) if amount is None else amount)
        self._count += len(device)
        # So each entry costs the same, however many devices there are.
        if self._count >= len(self._sums):
            self._enter()

    @property
    def total(self) -> Ints:
        """The sums, by device."""
        self._enter()
        return self._sums

    def _enter(self) -> None:
        if not self._count:
            return
        devices, amounts = np.concatenate(self._devices), np.concatenate(self._amounts)
        # As floats, which are exact below 2^53.
        found = np.bincount(devices, amounts, minlength=len(self._sums))
        self._sums += found.astype(np.int64)
        self._devices.clear()
        self._amounts.clear()
        self._count = 0
