"""The device in operation: inputs and packets in order of arrival, one after the other.

The core can be started again: the device is then built anew on its store, as after a reset, which
is the state that every promise is made for. It is told again what it must know at its start. Of
what it choked on, a level is taken once more, for it may be the one press of a button; all else is
not, so that nothing comes back for ever.
"""

from linli_protocol import codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..bearers.transport import Transport
    from ..device import Device
    from .inbox import Call, Inbox
    from .types import SettableOutput

# The levels that apps take at their start as well as when they change.
_AT_START = ("set_contact", "set_valve_ends")


class Core:
    """The part of a node that holds its device, made by `build()` at each start.

    `outputs` are the drivers of the app's outputs by name; `faults` counts those that raised.
    """

    name = "core"
    vital = True
    period_ms = 10

    def __init__(
        self,
        build: "Callable[[], Device]",
        inbox: "Inbox",
        transports: "Sequence[Transport]",
        outputs: "Mapping[str, SettableOutput]",
    ) -> None:
        self.device = build()
        self.faults = 0
        self._build = build
        self._inbox = inbox
        self._transports = transports
        self._outputs = outputs
        self._told: "dict[str, tuple[int, ...]]" = {}
        self._under_way: "Call | None" = None
        self._taken_again: "Call | None" = None
        self._is_going = True

    def start(self, now: int, reset_cause: int, unix_s: "int | None" = None) -> None:
        """Begin operation after a reset with a cause of linli_protocol.codes.

        `unix_s` is what a clock of the board's says that has run on.
        """
        self.device.start(now, reset_cause, unix_s)
        for number, transport in enumerate(self._transports):
            self.device.link.set_up(number, transport.is_up, now)

    def restart(self, now: int) -> None:
        """Build the device anew after it has failed."""
        if not self._is_going:
            # There may be nobody for a long time who locks the door, or stops the motor.
            for name in self._outputs:
                self._set(name, 0, now)
        self._is_going = False
        # The old one first, if a build that failed has left it: the heap might not hold both.
        if hasattr(self, "device"):
            del self.device
        self.device = self._build()
        self.start(now, codes.SOFT_RESET)
        again: "list[Call]" = [
            (name, arguments[:-1] + (now,)) for name, arguments in self._told.items()
        ]
        self._told = {}
        posted = self._under_way
        self._under_way = None
        if posted is not None and posted is not self._taken_again and posted[0][:4] == "set_":
            self._taken_again = posted
            again.append(posted)
        self._inbox.put_back(again)

    def poll(self, now: int) -> None:
        """Let the device take what waits and do what is due."""
        while True:
            posted = self._inbox.take_input()
            if posted is None:
                break
            self._under_way = posted
            getattr(self.device.app, posted[0])(*posted[1])
            self._act(now)
            self._under_way = None
            if posted[0] in _AT_START:
                self._told[posted[0]] = posted[1]
        while True:
            arrived = self._inbox.take_packet()
            if arrived is None:
                break
            bearer, packet, at = arrived
            self.device.receive(bearer, packet, at)
            self._act(now)
        self._act(now)
        self._is_going = True

    def next_deadline(self) -> "int | None":
        """Return when the device wants to be polled next."""
        return self.device.next_deadline() if self._inbox.is_empty() else 0

    def _act(self, now: int) -> None:
        outputs, packets = self.device.poll(now)
        for output in outputs:
            self._set(output.name, output.value, now)
        for bearer, packet in packets:
            self._transports[bearer].send(packet, now)

    def _set(self, name: str, value: int, now: int) -> None:
        driver = self._outputs.get(name)
        if driver is not None:
            try:
                driver.set(value, now)
            except Exception:
                # A broken lamp must not keep a door shut.
                self.faults += 1
