"""A pseudo-terminal that goes for a serial port: what comes while nobody listens is lost."""

import os
import select
import time
import tty

# A listener that takes nothing for so long loses what comes.
PATIENCE_S = 0.5
_PIECE = 4096


class PseudoTerminal:
    """The board's end of a pseudo-terminal; people and programs open `path`."""

    def __init__(self) -> None:
        self._ours, theirs = os.openpty()
        self.path = os.ttyname(theirs)
        tty.setraw(theirs)
        # Only once its other end has been closed does it tell that nobody has opened it.
        os.close(theirs)
        os.set_blocking(self._ours, False)
        self._poll = select.poll()
        self._poll.register(self._ours, select.POLLOUT)
        self._waiting = b""
        self._waits_since = 0.0
        self._is_patient = True

    def fileno(self) -> int:
        """Return the descriptor, for select."""
        return self._ours

    @property
    def is_open(self) -> bool:
        """Whether somebody has opened it."""
        return not any(event & select.POLLHUP for _, event in self._poll.poll(0))

    @property
    def is_full(self) -> bool:
        """Whether something waits for the listener to take what was there before."""
        return bool(self._waiting)

    def read(self) -> bytes:
        """Return what has been typed, nothing when nothing has."""
        try:
            return os.read(self._ours, _PIECE)
        except OSError:
            # Nothing there, or whoever typed has gone.
            return b""

    def write(self, data: bytes) -> None:
        """Send to who listens; `flush` as long as `is_full`."""
        if not self._waiting:
            self._waits_since = time.monotonic()
        self._waiting += data
        self.flush()

    def flush(self) -> None:
        """Send what waits, or drop it when its time is over or nobody is there."""
        try:
            written = os.write(self._ours, self._waiting) if self.is_open else len(self._waiting)
        except OSError:
            written = 0
        self._waiting = self._waiting[written:]
        if written:
            self._is_patient = True
            self._waits_since = time.monotonic()
        elif not self._is_patient or time.monotonic() - self._waits_since > PATIENCE_S:
            self._is_patient = False
            self._waiting = b""

    def close(self) -> None:
        """Hang up."""
        os.close(self._ours)
