"""A contact that counts once it has been steady."""


class Debounce:
    """The accepted `level` of a contact (None before the first) and the edge that waits."""

    def __init__(self, steady_ms: int, level: "bool | None" = False) -> None:
        self.level = level
        self._steady_ms = steady_ms
        self._waiting = level
        self._edge_at = 0

    def sample(self, level: bool, now: int) -> "int | None":
        """Take the contact's level; return when `accept` is due, None when nothing changed."""
        if level != self._waiting:
            self._waiting = level
            self._edge_at = now
        if level == self.level:
            return None
        return self._edge_at + self._steady_ms

    def accept(self) -> int:
        """Take over the level that has been steady and return the time of its edge in ms."""
        self.level = self._waiting
        return self._edge_at
