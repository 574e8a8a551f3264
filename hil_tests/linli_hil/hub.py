"""A hub for one device on a bench: the hub's core over any line of bytes, in any clock."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from linli_firmware.store import MemoryStore
from linli_hub.core import Hub
from linli_protocol.bearer import Bearer
from linli_protocol.framing import FrameDecoder, encode_frame
from linli_protocol.types import Store

from .rig.clocks import RealClock
from .rig.interfaces import Clock, Line

# The least that a line between bench and board carries: that of the UART and of TCP.
MTU = 240
# A line that is at hand answers within this; longer only makes a lost packet's repetition late.
ANSWER_MS = 500
# The condition of `serve` may depend on what no line tells.
_LOOK_MS = 1000
# Minutes: China's, as in the scenarios.
UTC_OFFSET_MIN = 480


class DeviceHub:
    """The hub of `device`, whose keys come from `community_key` (16 bytes) and `generation`.

    `heard` are the (kind, fields) that count, in the order of their arrival; `hears(packet)` says
    which packets get through. With a `store` that lasts, so do session and join numbers.
    """

    def __init__(
        self,
        community_key: bytes,
        device: int,
        store: Store | None = None,
        clock: Clock | None = None,
        generation: int = 0,
    ) -> None:
        self.clock = clock or RealClock()
        self.hears: Callable[[bytes], bool] = lambda packet: True
        self.heard: list[tuple[int, dict[str, Any]]] = []
        self.device = device
        self.hub = Hub(
            community_key,
            MemoryStore() if store is None else store,
            os.urandom,
            lambda now: (self.clock.unix_s(), UTC_OFFSET_MIN),
            lambda device, kind, fields, now: self.heard.append((kind, fields)),
        )
        self.hub.enrol(device, [Bearer("line", MTU, ANSWER_MS)], generation)
        self._decoder = FrameDecoder()

    @property
    def now(self) -> int:
        """The clock's ms."""
        return self.clock.now_ms()

    def serve(
        self,
        line: Line,
        until: Callable[[], object],
        timeout_s: float = 20,
        late_ms: int = 0,
    ) -> bool:
        """Talk over `line` until `until()` holds; False: time is over, or the board hung up first.

        That is asked whenever the board may have done something, and once a second at least.
        `late_ms`: see `Clock.wait`.
        """
        end = self.now + round(timeout_s * 1000)
        while not until():
            if self.now >= end:
                return False
            try:
                self.turn(line, end, late_ms)
            except EOFError:
                return bool(until())
        return True

    def turn(self, line: Line, end: int, late_ms: int = 0) -> None:
        """Do what is due, and wait until something may be, `end` at the latest.

        EOFError: the line has hung up.
        """
        self._exchange(line)
        times = [end, self.now + _LOOK_MS]
        deadline = self.hub.next_deadline()
        if deadline is not None:
            times.append(deadline)
        self.clock.wait(max(min(times) - self.now, 1), late_ms)

    def _exchange(self, line: Line) -> None:
        """Take what has arrived over `line`, and send what is due. EOFError: it has hung up."""
        for packet in filter(self.hears, self._decoder.feed(line.read())):
            self.hub.receive("line", packet, self.now)
        for _, _, packet in self.hub.poll(self.now):
            line.write(encode_frame(packet))

    def command(self, operation: int, argument: int | None = None, lifetime_s: int = 60) -> int:
        """Have the device do an operation; return the id that its result will have."""
        return self.hub.command(self.device, operation, self.now, lifetime_s, argument)

    def of(self, kind: int) -> Sequence[dict[str, Any]]:
        """Return the fields of the messages of a kind."""
        return [fields for each, fields in self.heard if each == kind]
