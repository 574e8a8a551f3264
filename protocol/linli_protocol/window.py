"""Which of a stream's numbers were seen: a high-water mark, a bitmap below (RFC 4303, 3.4.3)."""


class Window:
    """Remembers the `size` numbers up to the highest seen; anything below those counts as seen."""

    def __init__(self, size: int = 64, highest: int = -1) -> None:
        self.size = size
        self.highest = highest
        # All ones: what was seen before this window began is not known, so nothing below is new.
        self._seen = (1 << size) - 1

    def is_new(self, number: int) -> bool:
        """Tell whether `number` is above the window or in it and not yet seen."""
        behind = self.highest - number
        return behind < 0 or (behind < self.size and not self._seen >> behind & 1)

    def add(self, number: int) -> None:
        """Mark `number`, which must be new, as seen."""
        ahead = number - self.highest
        if ahead > 0:
            self._seen = (
                (self._seen << ahead | 1) & ((1 << self.size) - 1) if ahead < self.size else 1
            )
            self.highest = number
        else:
            self._seen |= 1 << -ahead

    def state(self) -> "tuple[int, int]":
        """Return (highest, bitmap) for `restore`."""
        return self.highest, self._seen

    def restore(self, highest: int, seen: int) -> None:
        """Continue from what `state` returned on a window of the same size."""
        self.highest = highest
        self._seen = seen
