"""What an emulated board goes through: power, runs, resets, deep sleep. Who drives it is elsewhere.

`real_time` has a thread that does, `virtual_time` whoever lets time pass.
"""

import threading
from dataclasses import replace

from .cables import Cables
from .chip import Chip
from .ended import Ended
from .run import Run, Settings
from .storage import Storage


class Life:
    """The state of a board, and what each change of it does to chip, storage and cables.

    With `stays_on` the board comes back from resets and deep sleep as long as it has power. Hold
    `changed` for more than one look or change at a time; it is notified when a run has ended.
    """

    def __init__(self, chip: Chip, storage: Storage, stays_on: bool) -> None:
        self.chip = chip
        self._storage = storage
        self._stays_on = stays_on
        self.changed = threading.Condition()
        self.is_on = False
        # The process, None while the board is off or in deep sleep.
        self.run: Run | None = None
        self.ended = Ended.POWER_CUT
        self.starts: list[int] = []
        self._cables: Cables
        self._settings: Settings

    @property
    def is_asleep(self) -> bool:
        """Whether the board is in deep sleep."""
        with self.changed:
            return self.is_on and self.run is None

    def power_on(self, cables: Cables, settings: Settings) -> None:
        """Give a board that is off power; `start` it then."""
        with self.changed:
            self.chip.forget_changes()
            if self.ended is Ended.POWER_CUT:
                self.chip.lose_power()
            self._storage.begin()
            self._cables = cables
            self._settings = settings
            self.is_on = True

    def start(self) -> Run:
        """Begin a run, for the reason that the end of the last one gives.

        A board whose process cannot be started is off.
        """
        with self.changed:
            self._cables.drain()
            self.chip.start(self.ended.cause)
            try:
                self.run = Run(self.chip, self._storage, self._cables, self._settings)
            except BaseException:
                self.end(Ended.POWER_CUT)
                raise
            self.starts.append(self.ended.cause)
            if not self._stays_on:
                self._cables.leave_to_the_board()
            return self.run

    def end(self, ended: Ended) -> None:
        """Have the board as it is after a run that has ended, or a sleep that is cut short.

        It is off then, asleep, or to be started again.
        """
        with self.changed:
            self.ended = ended
            if self.run is not None:
                self.run.close()
                self.run = None
            self.chip.stop(keeps_held=ended in (Ended.RESET, Ended.DEEP_SLEEP))
            if ended is not Ended.DEEP_SLEEP:
                self.chip.settle()
            self.is_on = self.is_on and self._stays_on and ended.comes_back
            if self.is_on and self._settings.prompt == "raw":
                # That prompt outlives soft resets only.
                self._settings = replace(self._settings, prompt="friendly")
            self.changed.notify_all()
