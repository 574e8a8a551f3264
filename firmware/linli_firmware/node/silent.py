"""In place of a bearer where a node has none that it can use: it is never up."""

from linli_protocol.bearer import Bearer

from ..bearers.transport import Transport

# A link wants an MTU; that of a line.
MTU = 240


class Silent(Transport):
    """A way that carries nothing."""

    def __init__(self) -> None:
        super().__init__(Bearer("none", MTU))

    def start(self, now: int) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def poll(self, now: int) -> "list[bytes]":
        """Return nothing."""
        return []

    def next_deadline(self) -> "int | None":
        """Return None: there is nothing to wait for."""
        return None
