"""Types that the node's annotations name; nothing imports this module at run time."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from ..apps.app import App
from ..bearers.types import Board as BearersBoard
from ..clock import Clock
from ..drivers.types import Adc, Counter, I2c, InputPin, OutputPin
from ..storage.types import BlockDevice, RetainedMemory
from ..types import Config, Store
from .pins import Pins

Json = dict[str, Any]


class Part(Protocol):
    """What the supervisor keeps going.

    `period_ms` bounds the time between two polls (0: only deadlines count). The board is reset when
    a `vital` part does not come through for long.
    """

    vital: bool
    period_ms: int

    @property
    def name(self) -> str:
        """The part's name in counts and logs."""
        ...

    def restart(self, now: int) -> None:
        """Begin anew after `poll` has raised."""
        ...

    def poll(self, now: int) -> None:
        """Do what is due."""
        ...

    def next_deadline(self) -> int | None:
        """Return the monotonic ms at which `poll` must come."""
        ...


class PolledDriver(Protocol):
    """A driver of inputs or outputs.

    On a device that sleeps, all have `next_deadline()`; `next_wake(now)` of those that have it is
    the time for which to wake. Of others, outputs keep to their deadlines, and inputs are woken for
    by their edges.
    """

    def poll(self, now: int) -> None:
        """Do what is due."""
        ...


class OutputDriver(PolledDriver, Protocol):
    """A driver of one of the app's outputs."""

    def set(self, value: int, now: int) -> None:
        """Take the value of an Output."""
        ...


class SettableOutput(Protocol):
    """What the core sets."""

    def set(self, value: int, now: int) -> None:
        """Take the value of an Output."""
        ...


class Feeder(Protocol):
    """A hardware watchdog."""

    def feed(self) -> None:
        """Put off the reset."""
        ...


class Keyboard(Protocol):
    """A board's console."""

    def read_key(self) -> str:
        """Return the next character typed, "" when there is none."""
        ...

    def open_console(self) -> None:
        """Let ctrl-C through."""
        ...

    def random(self, count: int) -> bytes:
        """Return `count` random bytes."""
        ...


class Port(Protocol):
    """Where drivers get their callbacks: `inbox.Inbox.port`."""

    def __call__(self, method: str) -> Callable[..., None]:
        """Return what is called with an input's arguments, `now` last."""
        ...


class Kind(Protocol):
    """What a node makes of its device: app and drivers."""

    def App(self, config: Config, store: Store, clock: Clock) -> App:
        """Build the app."""
        ...

    def wire(
        self, pins: Pins, port: Port, board: "Board"
    ) -> tuple[list[PolledDriver], dict[str, OutputDriver]]:
        """Return the drivers of inputs and outputs."""
        ...


class KindModule(Kind, Protocol):
    """A module of `kinds`."""

    KIND: int

    def adapt(self, settings: Config, root: bytes) -> Config:
        """Return the app's settings with what JSON cannot hold."""
        ...


class NodeStore(Store, Protocol):
    """A store with house-keeping of its own."""

    written: int
    checkpoints: int

    @property
    def damaged(self) -> int:
        """How much was lost to damage."""
        ...

    def tidy(self) -> bool:
        """Do a step of what can wait for a quiet moment; return whether there is more."""
        ...


class Board(BearersBoard, Protocol):
    """What a node asks of its board beside what bearers do; boards/esp32.py is one."""

    def ticks_ms(self) -> int:
        """Return a count of ms that wraps."""
        ...

    def ticks_diff(self, later: int, earlier: int) -> int:
        """Return the ms between two counts."""
        ...

    def sleep_ms(self, ms: int) -> Awaitable[None]:
        """Let the other tasks run for `ms`."""
        ...

    def pin_in(self, number: int, pull: str | None = None, inverted: bool = False) -> InputPin:
        """Return an input pin."""
        ...

    def pin_out(self, number: int, initial: int = 0, inverted: bool = False) -> OutputPin:
        """Return an output pin."""
        ...

    def adc(self, number: int) -> Adc:
        """Return an analogue input."""
        ...

    def counter(self, number: int) -> Counter:
        """Return a hardware counter of the pulses at a pin."""
        ...

    def i2c(self, number: int, sda: int, scl: int) -> I2c:
        """Return an I2C bus."""
        ...

    def unix_s(self) -> int | None:
        """Return the time of the board's clock, None when it was never set."""
        ...

    def set_unix_s(self, unix_s: int) -> None:
        """Set the board's clock."""
        ...

    def set_not_before(self, unix_s: int) -> None:
        """Have certificates checked against a time of at least `unix_s`."""
        ...

    def sleeping(self) -> "SleepingBoard":
        """Return this board, able to sleep."""
        ...

    def watchdog(self, timeout_s: int) -> Feeder:
        """Start the hardware watchdog."""
        ...

    def heap_free(self) -> int:
        """Return the bytes that are free on the heap once it is collected."""
        ...

    def flash_free(self) -> int:
        """Return the bytes that are free in the file system."""
        ...

    def flash(self) -> BlockDevice:
        """Return the flash under the file system, to be read."""
        ...

    def key_flash(self) -> BlockDevice:
        """Return the flash that holds address and key."""
        ...

    @property
    def retained(self) -> RetainedMemory:
        """Memory that outlives resets."""
        ...

    @property
    def console_open(self) -> bool:
        """Whether who types at the console is let in."""
        ...

    def read_key(self) -> str:
        """Return the next character typed at the console, "" when there is none."""
        ...

    def reset_cause(self) -> int:
        """Return why the board started."""
        ...

    def join_mark(self) -> int:
        """Return the number kept beside the key, 0 when there is none."""
        ...

    def set_join_mark(self, number: int) -> None:
        """Keep a number beside the key."""
        ...

    def identity(self) -> tuple[int, bytes] | None:
        """Return address and root key."""
        ...

    def open_console(self) -> None:
        """Let ctrl-C through."""
        ...

    def show(self, line: str) -> None:
        """Print a line for whoever watches the console."""
        ...

    def show_error(self, part: str, error: Exception) -> None:
        """Print where and why a part has failed."""
        ...


class SleepingBoard(Board, Protocol):
    """A board that can sleep; boards/sleeping.py is one.

    `wakers` are the numbers of the pins that end a sleep.
    """

    wakers: list[int]

    def ends_deep_sleep(self, number: int) -> bool:
        """Tell whether a pin can."""
        ...

    def can_wake(self) -> bool:
        """Tell whether any change at the wakers would end a deep sleep now."""
        ...

    def light_sleep(self, ms: int) -> bool:
        """Stop for up to `ms`; True when an input has ended it by its change."""
        ...

    def deep_sleep(self, ms: int) -> None:
        """Sleep for `ms`, or until a waker is active; ends in a restart."""
        ...
