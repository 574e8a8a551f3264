"""One board of a rig, ready for a test: its power, console, pins, line, clock, and a hub for it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from linli_protocol.keys import root_key
from linli_protocol.types import Store

from ..emulator import EmulatedBoard
from ..hub import DeviceHub
from ..hub_state import HubState
from ..identity import TEST_KEY, identity_of
from .clocks import RealClock, lateness
from .emulated import EmulatedConsole, EmulatedPins, EmulatedSupply, VirtualClock
from .interfaces import Clock, Console, Line, Pins, Power
from .jig import Jig, JigPins
from .lines import SerialLine
from .real import JigPower, NoLine, NoPins, NoPower, SerialConsole
from .rig_file import Emulated, Rig, Serial

# How late a board may find itself in virtual time while it talks.
HUB_LATE_MS = 100


@dataclass(frozen=True)
class Bench:
    """The board `name`; `board` is what the rig file says of it."""

    name: str
    board: Emulated | Serial
    power: Power
    console: Console
    pins: Pins
    line: Line
    clock: Clock
    hub: DeviceHub

    def serve(self, until: Callable[[], object], timeout_s: float = 20, late_ms: int = 0) -> bool:
        """Be the board's hub until `until()` holds; return whether it came to that in time."""
        return self.hub.serve(self.line, until, timeout_s, late_ms)

    def pass_time(self, ms: int, is_hub_there: bool = False) -> None:
        """Let time pass, with nobody at the other end of the line unless `is_hub_there`."""
        if is_hub_there:
            self.serve(lambda: False, ms / 1000, min(lateness(ms), HUB_LATE_MS))
            return
        self.clock.pass_time(ms)
        while self.line.read():
            pass


def community_key(board: Emulated | Serial) -> bytes:
    """Return the key in the file that the rig names, the test key if it names none.

    ValueError: there is something else in the file.
    """
    if board.community_key is None:
        return TEST_KEY
    key = bytes.fromhex(board.community_key.read_text(encoding="ascii").strip())
    if len(key) != len(TEST_KEY):
        raise ValueError(f"{board.community_key}: a key has {2 * len(TEST_KEY)} digits")
    return key


@contextmanager
def open_bench(
    rig: Rig, name: str, flash: Callable[[Emulated], bytes], patience_s: float
) -> Iterator[Bench]:
    """Open the board `name`, still switched off if it can be.

    `flash` makes the image of an emulated one. Real time is waited for no longer than `patience_s`
    at a time. OSError, JigError: a port or jig does not answer.
    """
    board = rig.boards[name]
    with ExitStack() as stack:
        if isinstance(board, Emulated):
            yield _emulated(stack, name, board, flash(board), patience_s)
        else:
            yield _real(stack, rig, name, board, patience_s)


def _emulated(
    stack: ExitStack, name: str, board: Emulated, flash: bytes, patience_s: float
) -> Bench:
    root = root_key(community_key(board), board.device, board.generation)
    identity = identity_of(board.device, root)
    device = EmulatedBoard(flash, identity, board.heap, clock=board.clock, stays_on=True)
    stack.callback(device.close)
    supply = EmulatedSupply(device)
    clock = VirtualClock(device) if board.clock == "virtual" else RealClock(patience_s)
    return Bench(
        name,
        board,
        supply,
        EmulatedConsole(device),
        EmulatedPins(device, name, board.wiring),
        supply,
        clock,
        _hub(board, clock),
    )


def _real(stack: ExitStack, rig: Rig, name: str, board: Serial, patience_s: float) -> Bench:
    clock = RealClock(patience_s)
    console = SerialConsole(board.console)
    stack.callback(console.close)
    line: Line = NoLine(name)
    if board.line is not None:
        line = port = SerialLine(board.line, board.baud)
        stack.callback(port.close)
    pins: Pins = NoPins(name)
    power: Power = NoPower(name)
    if board.jig is not None:
        jig = Jig(rig.jigs[board.jig].port)
        stack.callback(jig.close)
        pins = JigPins(jig, name, board.wiring)
        if board.power is not None:
            power = JigPower(jig, board.power, name)
            power.off()
    return Bench(
        name,
        board,
        power,
        console,
        pins,
        line,
        clock,
        _hub(board, clock, HubState(board.hub_state)),
    )


def _hub(board: Emulated | Serial, clock: Clock, store: Store | None = None) -> DeviceHub:
    return DeviceHub(community_key(board), board.device, store, clock, board.generation)
