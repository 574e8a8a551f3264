"""The console of a production board: shut, until jumper and key together open it.

With the service jumper closed the board prints a challenge; who knows the console key answers with
its SM4-CMAC in hexadecimal (`linli keys console`), and ctrl-C then works until the next restart.
Jumper or key alone open nothing (EN 303 645, 5.6), and the key itself never crosses the line.
"""

from linli_protocol.crypto import cmac

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..drivers.types import InputPin
    from .types import Keyboard

CHALLENGE_LENGTH = 16
# A wrong answer costs this long; the answers number 2^128.
PENALTY_MS = 5_000
# Longer than an answer: nothing typed beyond it counts.
_MAX_LINE = 40


class Console:
    """The part that guards a node's console; `opened(was_right, now)` hears of every answer."""

    name = "console"
    vital = False
    period_ms = 50

    def __init__(
        self,
        keyboard: "Keyboard",
        jumper: "InputPin",
        key: bytes,
        opened: "Callable[[bool, int], None]",
        show: "Callable[[str], None]" = print,
    ) -> None:
        self._keyboard = keyboard
        self._jumper = jumper
        self._key = key
        self._opened = opened
        self._show = show
        self._is_open = False
        self._not_before = 0
        self._challenge = b""
        self._line = ""

    def restart(self, now: int) -> None:
        """Begin with a new challenge."""
        self._forget()

    def poll(self, now: int) -> None:
        """Take what has been typed."""
        if self._is_open:
            return
        key = self._keyboard.read_key()
        if not self._jumper.value():
            self._forget()
            return
        if now < self._not_before:
            return
        if not self._challenge:
            self._challenge = self._keyboard.random(CHALLENGE_LENGTH)
            self._show("console challenge: " + self._challenge.hex())
        while key and key not in "\r\n":
            self._line = (self._line + key)[-_MAX_LINE:]
            key = self._keyboard.read_key()
        if key and self._line:
            self._answered(now)

    def is_busy(self) -> bool:
        """Tell whether somebody is at the console."""
        return self._is_open or bool(self._jumper.value())

    def next_deadline(self) -> "int | None":
        """Return None: the period says when."""
        return None

    def _answered(self, now: int) -> None:
        # Comparing MACs of the two, not the two, leaks nothing by the time it takes.
        right = cmac(self._key, self._challenge).hex()
        line = self._line.strip().lower()
        was_right = cmac(self._key, line.encode()) == cmac(self._key, right.encode())
        self._forget()
        if was_right:
            self._is_open = True
            self._keyboard.open_console()
            self._show("console open until the next restart: ctrl-C")
        else:
            self._not_before = now + PENALTY_MS
            self._show("wrong answer")
        self._opened(was_right, now)

    def _forget(self) -> None:
        self._challenge = b""
        self._line = ""
