"""What waits for the core: inputs from drivers, packets from bearers.

Drivers and bearers do not call the device; they leave word here. So an exception in the device's
logic is the core's, never a driver's.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Call = tuple[str, tuple[int, ...]]

# Of more packets than this the oldest is dropped: the link repeats it. Inputs are never dropped.
PACKETS = 16


class Inbox:
    """Inputs and packets in order of arrival; `busy_at` is when the last input came."""

    def __init__(self) -> None:
        self.busy_at = 0
        self.dropped = 0
        self._inputs: "list[Call]" = []
        self._packets: "list[tuple[int, bytes, int]]" = []

    def port(self, method: str) -> "Callable[..., None]":
        """Return what a driver calls to have the app's `method` called, `now` its last argument."""

        def post(*arguments: int) -> None:
            self._inputs.append((method, arguments))
            self.busy_at = arguments[-1]

        return post

    def arrived(self, now: int, bearer: int, packet: bytes) -> None:
        """Take a packet from bearer number `bearer`."""
        self._packets.append((bearer, packet, now))
        if len(self._packets) > PACKETS:
            self._packets.pop(0)
            self.dropped += 1

    def is_empty(self) -> bool:
        """Tell whether nothing waits."""
        return not self._inputs and not self._packets

    def take_input(self) -> "Call | None":
        """Return the oldest input as (method, arguments), None when there is none."""
        return self._inputs.pop(0) if self._inputs else None

    def put_back(self, inputs: "list[Call]") -> None:
        """Have `inputs` taken before all others."""
        self._inputs = inputs + self._inputs

    def take_packet(self) -> "tuple[int, bytes, int] | None":
        """Return the oldest packet as (bearer, packet, time), None when there is none."""
        return self._packets.pop(0) if self._packets else None
