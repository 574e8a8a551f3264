"""A store in RAM for protocol tests, with a count of its writes and a power cut on demand."""


class PowerCut(Exception):
    """The power failed during a write."""


class Store:
    """`get`, `put`, `delete`; the `cut_at`-th write from now raises, after taking effect or not."""

    def __init__(self):
        self.data = {}
        self.writes = 0
        self.cut_at = None
        self.cut_after_write = False

    def get(self, key):
        return self.data.get(key)

    def put(self, key, value):
        self._write(lambda: self.data.__setitem__(key, bytes(value)))

    def delete(self, key):
        self._write(lambda: self.data.pop(key, None))

    def _write(self, change):
        self.writes += 1
        cut = self.cut_at is not None and self.writes >= self.cut_at
        if not cut or self.cut_after_write:
            change()
        if cut:
            self.cut_at = None
            raise PowerCut()
