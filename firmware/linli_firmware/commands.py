"""The gate that commands pass: each executed at most once, and not after its expiry."""

import struct

from linli_protocol import codes
from linli_protocol.window import Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from linli_protocol.types import Fields

    from .clock import Clock
    from .types import Store

_KEY = "commands"
_LAYOUT = ">IQ"


class CommandGate:
    """Which command ids were let through, kept in the store.

    Ids may come out of order within the window's 64 (RFC 4303, 3.4.3); older ones count as
    executed. An id costs one value of 12 bytes in the store.
    """

    def __init__(self, store: "Store", clock: "Clock") -> None:
        self._store = store
        self._clock = clock
        self._window = Window()
        state = store.get(_KEY)
        if state is not None:
            self._window.restore(*struct.unpack(_LAYOUT, state))

    def admit(self, fields: "Fields", now: int) -> int:
        """Return codes.DONE when the command may be executed, now and never again.

        Otherwise the result status that says why not. The id is marked before this returns: a
        power cut then loses the command rather than executing it twice. A command refused for want
        of a clock is not marked, so that it can come again once the time is known.
        """
        number: int = fields["id"]
        if not self._window.is_new(number):
            return codes.REPEATED
        unix_s = self._clock.unix(now)
        if unix_s is None:
            return codes.NO_CLOCK
        if unix_s >= fields["expires"]:
            return codes.EXPIRED
        self._window.add(number)
        self._store.put(_KEY, struct.pack(_LAYOUT, *self._window.state()))
        return codes.DONE
