"""An emulated board in real time: a thread ends its runs, and starts it anew as a board would."""

import threading

from . import registers
from .ended import Ended
from .life import Life
from .run import Run

# How often the keeper looks at the watchdog.
_LOOK_S = 0.05


class RealTime:
    """Has a thread, the keeper, live a board's life while it has power.

    Only the keeper starts and ends runs of a board that is on. From the end of one to the start of
    the next it holds `life.changed`, but for deep sleep; once the board is off it is done with it.
    """

    def __init__(self, life: Life) -> None:
        self._life = life
        # What has been done to the board that its own end does not tell.
        self._forced: Ended | None = None

    def begin(self) -> None:
        """Start a board that has got power."""
        self._forced = None
        run = self._life.start()
        threading.Thread(target=self._keep, args=(run,), daemon=True).start()

    def wait(self, timeout_s: float) -> None:
        """Wait until the board is off, at most for so long."""
        with self._life.changed:
            self._life.changed.wait_for(lambda: not self._life.is_on, timeout_s)

    def cut(self, ended: Ended) -> None:
        """End what a board that is on does, and wait for it if that is for good."""
        changed = self._life.changed
        with changed:
            if self._forced is not Ended.POWER_CUT:
                self._forced = ended
            if self._life.run is not None:
                self._life.run.kill()
            changed.notify_all()
            if ended is Ended.POWER_CUT:
                changed.wait_for(lambda: not self._life.is_on)

    def notice(self) -> None:
        """Have a board that waits or sleeps look at its pins."""
        with self._life.changed:
            if self._life.run is not None:
                self._life.run.ring()
            else:
                self._life.changed.notify_all()

    def _keep(self, run: Run) -> None:
        life = self._life
        while True:
            ended = self._watch(run)
            with life.changed:
                self._end(ended)
                self._sleep()
                if not life.is_on:
                    return
                run = life.start()

    def _watch(self, run: Run) -> Ended:
        """Wait until a run has ended, or has to be; return how."""
        chip = self._life.chip
        while True:
            if run.speaks(_LOOK_S):
                ended = run.listen()
                if ended is not None:
                    return ended
            elif (
                chip.words[registers.WATCHDOG_US]
                and chip.now_us >= chip.words[registers.WATCHDOG_AT]
            ):
                run.kill()
                return Ended.WATCHDOG

    def _end(self, ended: Ended) -> None:
        self._life.end(self._forced or ended)
        self._forced = None

    def _sleep(self) -> None:
        """Wait until something ends a deep sleep, if the board is in one."""
        life = self._life
        while life.is_on and life.ended is Ended.DEEP_SLEEP and not self._forced:
            if life.chip.doze(life.chip.now_us):
                return
            following = life.chip.next_wake_us()
            wait_us = None if following is None else following - life.chip.now_us
            life.changed.wait(None if wait_us is None else max(wait_us, 0) / 1e6)
        if self._forced:
            self._end(self._forced)
