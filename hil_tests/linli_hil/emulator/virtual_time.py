"""An emulated board in virtual time: it lives only as long as somebody lets time pass."""

from . import registers
from .ended import Ended
from .life import Life
from .run import Run

# A board for which no time passes for so long, in real time, hangs.
_HANG_S = 15.0


class VirtualTime:
    """Lives a board's life in `advance`; one thread only has to do with such a board."""

    def __init__(self, life: Life) -> None:
        self._life = life

    def begin(self) -> None:
        """Start a board that has got power."""
        self._life.start()

    def wait(self, timeout_s: float) -> None:
        """Let the board live until it is off, at most for so long."""
        end_ms = self._life.chip.now_us // 1000 + int(timeout_s * 1000)
        while self._life.is_on and self.advance(end_ms, 0) < end_ms:
            pass

    def cut(self, ended: Ended) -> None:
        """End what a board that is on does."""
        if self._life.run is not None:
            self._life.run.kill()
        self._end(ended)

    def notice(self) -> None:
        """Do nothing: the board looks at its pins whenever time passes."""

    def advance(self, until_ms: int, stride_ms: int) -> int:
        """Let time pass, as `EmulatedBoard.advance` says."""
        life = self._life
        words = life.chip.words
        until = until_ms * 1000
        words[registers.STRIDE] = stride_ms * 1000
        while life.is_on and life.chip.now_us < until:
            if life.run is None:
                if not life.chip.doze(until):
                    break
                life.start()
            assert life.run is not None
            ended = self._live(life.run, until)
            if ended is not None:
                self._end(ended)
            elif words[registers.STIRRED]:
                break
        if not life.is_on:
            words[registers.NOW] = max(until, life.chip.now_us)
        return life.chip.now_us // 1000

    def _end(self, ended: Ended) -> None:
        self._life.end(ended)
        if self._life.is_on and ended is not Ended.DEEP_SLEEP:
            self._life.start()

    def _live(self, run: Run, until: int) -> Ended | None:
        """Let a run go on until it asks for more than `until`; return how it ended, if it did."""
        words = self._life.chip.words
        if not run.asks and (ended := self._hear(run)) is not None:
            return ended
        words[registers.STIRRED] = 0
        words[registers.GRANTED] = until
        run.grant()
        return self._hear(run)

    def _hear(self, run: Run) -> Ended | None:
        """Wait until a run asks for time; return how it has ended if it does not."""
        words = self._life.chip.words
        at = -1
        while not run.speaks(_HANG_S):
            if at != words[registers.NOW]:
                at = words[registers.NOW]
                continue
            if not words[registers.WATCHDOG_US]:
                raise TimeoutError(f"the board hangs at {at} us")
            words[registers.NOW] = max(words[registers.WATCHDOG_AT], at)
            run.kill()
            return Ended.WATCHDOG
        return run.listen()
