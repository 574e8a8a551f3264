"""A store that loses power at a chosen write, and a loop over every write of a story."""

from linli_firmware.store import MemoryStore
from stores import PowerCut


class FailingStore(MemoryStore):
    """Raises PowerCut at the `cut_at`-th durable write, before or after it took effect."""

    def __init__(self, cut_at=None, takes_effect=False):
        super().__init__()
        self.cut_at = cut_at
        self.takes_effect = takes_effect
        self.writes = 0

    def _cut(self, write, *args):
        self.writes += 1
        if self.writes != self.cut_at:
            return write(*args)
        if self.takes_effect:
            write(*args)
        raise PowerCut()

    def put(self, key, value):
        self._cut(super().put, key, value)

    def delete(self, key):
        self._cut(super().delete, key)

    def append(self, log, record):
        return self._cut(super().append, log, record)

    def trim(self, log, before_index):
        self._cut(super().trim, log, before_index)

    def file_replace(self, name, chunks):
        self._cut(super().file_replace, name, chunks)


def cut_everywhere(story, check):
    """Run `story(store)` with power lost at each write in turn, then `check(store, result)`.

    `result` is what the story returned, None when power was lost. Returns how many cuts were made.
    """
    cuts = 0
    for takes_effect in (False, True):
        cut_at = 1
        while True:
            store = FailingStore(cut_at, takes_effect)
            try:
                result = story(store)
            except PowerCut:
                result = None
            reached = store.writes >= cut_at
            store.cut_at = None
            check(store, result)
            if not reached:
                break
            cuts += 1
            cut_at += 1
    return cuts
