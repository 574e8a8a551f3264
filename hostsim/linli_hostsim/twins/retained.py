"""Memory of a simulated board that outlives resets, such as the RTC's, and not a loss of power."""


class RetainedMemory:
    """A few bytes, as linli_firmware.storage takes them."""

    def __init__(self) -> None:
        self._data = b""

    def read(self) -> bytes:
        """Return what was last written, nothing after power was lost."""
        return self._data

    def write(self, data: bytes) -> None:
        """Set the content to `data`."""
        self._data = bytes(data)

    def lose_power(self) -> None:
        """Lose the content."""
        self._data = b""
