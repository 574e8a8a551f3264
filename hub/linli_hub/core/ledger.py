"""Which events of a device the hub has: each counts once, however often it arrives."""

# A gap older than this many events is taken for overwritten on the device.
SPAN = 4096


class EventLedger:
    """The sequence numbers received, as a floor below which all are known and a set above it."""

    def __init__(self) -> None:
        self.floor = 0
        self._above: set[int] = set()

    def add(self, sequence: int) -> bool:
        """Enter a sequence number; tell whether it is new."""
        if sequence < self.floor or sequence in self._above:
            return False
        self._above.add(sequence)
        if len(self._above) > SPAN:
            self.floor = min(self._above)
        while self.floor in self._above:
            self._above.remove(self.floor)
            self.floor += 1
        return True
