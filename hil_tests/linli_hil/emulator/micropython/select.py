"""The select module of the emulated board: whoever waits in it lets time pass for the chip."""

import chip
import registers
from uselect import POLLERR, POLLHUP, POLLIN, POLLOUT  # noqa: F401
from uselect import poll as _poll


class _Poll:
    def __init__(self):
        self._poll = _poll()
        if not chip.words[registers.IS_VIRTUAL]:
            self._poll.register(chip.bell, POLLIN)
        self.register = self._poll.register
        self.unregister = self._poll.unregister
        self.modify = self._poll.modify

    def ipoll(self, timeout=-1, flags=0):
        if timeout:
            chip.wait(None if timeout < 0 else chip.now() + timeout * 1000, self._poll)
        # As a rule there is nothing, and then nothing is taken from the heap.
        for ready, _ in self._poll.ipoll(0):
            if ready is not chip.bell:
                return self.poll(0)
        return ()

    def poll(self, timeout=-1, flags=0):
        if timeout:
            return list(self.ipoll(timeout))
        return [each for each in self._poll.poll(0) if each[0] is not chip.bell]


def poll():
    return _Poll()
