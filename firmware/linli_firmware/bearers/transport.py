"""What every way to the hub offers the node, and the bounded queue in front of it."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from linli_protocol.bearer import Bearer

# Packets that wait for the way; the link repeats what is dropped here.
QUEUE_LIMIT = 8


class Transport:
    """One way in operation: `poll` does what can be done without waiting.

    `bearer` is what the link knows of the way. The node calls `start` once, `poll` every few
    milliseconds and at `next_deadline()`, and tells the link whenever `is_up` has changed. Nothing
    here blocks or raises for what comes over the wire; an OSError of the hardware is counted and
    mended by a new start after a while. `counts` holds what went wrong, by name, for diagnostics.
    Where `is_connection`, the hub knows a device by what it says after each time of being down.
    """

    is_connection = False

    def __init__(self, bearer: "Bearer") -> None:
        self.bearer = bearer
        self.is_up = False
        self.counts = {"dropped": 0, "faults": 0}
        self._queue: "list[bytes]" = []

    def start(self, now: int) -> None:
        """Begin operation; `is_up` may turn true at once or in a later `poll`."""
        raise NotImplementedError

    def stop(self) -> None:
        """End operation and release the hardware; `start` may be called again."""
        raise NotImplementedError

    def send(self, packet: bytes, now: int) -> None:
        """Queue a packet; of more than QUEUE_LIMIT the oldest is dropped and counted."""
        self._queue.append(packet)
        if len(self._queue) > QUEUE_LIMIT:
            self._queue.pop(0)
            self.counts["dropped"] += 1

    def poll(self, now: int) -> "list[bytes]":
        """Move bytes both ways and return the packets that have arrived, in order."""
        raise NotImplementedError

    def next_deadline(self) -> "int | None":
        """Return the monotonic ms when `poll` must come even if nothing arrives, None: never."""
        raise NotImplementedError
