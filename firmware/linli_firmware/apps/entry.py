"""How a person shows who they are: by card, by PIN, or by card and PIN.

Each way is a small class; `card(token)` and `key(key)` return a claim (token or None, digits or
None) once it is complete, None before. `waiting` tells that a claim has begun; `expire()` ends it.

A card is only judged together with its PIN, so that the door does not tell a finder of a card
whether it is worth trying PINs.
"""

# Keys are 0 to 9 and two more, numbered as 4-bit Wiegand keypads do.
CLEAR = 10
ENTER = 11

# One more than the longest PIN, so that a longer entry is not cut down to a right one.
_MAX_DIGITS = 9

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    Claim = tuple[bytes | None, str | None]

    class Way(Protocol):
        """How a person shows who they are."""

        @property
        def waiting(self) -> bool:
            """Whether a claim has begun."""
            ...

        def card(self, token: bytes) -> "Claim | None":
            """Take a card; return the claim if it is complete."""
            ...

        def key(self, key: int) -> "Claim | None":
            """Take a key; return the claim if it is complete."""
            ...

        def expire(self) -> "Claim | None":
            """End the claim that has begun; return it if it counts as it is."""
            ...


class CardEntry:
    """The card alone; the keypad is ignored."""

    waiting = False

    def card(self, token: bytes) -> "Claim":
        """Claim with the card."""
        return token, None

    def key(self, key: int) -> None:
        """Claim nothing."""

    def expire(self) -> None:
        """Have nothing to end."""


class PinEntry:
    """A PIN alone, ended by ENTER."""

    def __init__(self) -> None:
        self._digits = ""

    @property
    def waiting(self) -> bool:
        """Tell whether digits have been entered."""
        return bool(self._digits)

    def card(self, token: bytes) -> None:
        """Claim nothing."""

    def key(self, key: int) -> "Claim | None":
        """Collect digits; claim at ENTER."""
        if key == ENTER and self._digits:
            digits = self._digits
            self._digits = ""
            return None, digits
        if key == CLEAR:
            self._digits = ""
        elif key < CLEAR and len(self._digits) < _MAX_DIGITS:
            self._digits += str(key)
        return None

    def expire(self) -> None:
        """Drop the digits: without ENTER nothing was claimed."""
        self._digits = ""


class CardAndPinEntry:
    """A card, then its PIN ended by ENTER; CLEAR begins the PIN again."""

    def __init__(self) -> None:
        self._token: "bytes | None" = None
        self._pin = PinEntry()

    @property
    def waiting(self) -> bool:
        """Tell whether a card waits for its PIN."""
        return self._token is not None

    def card(self, token: bytes) -> None:
        """Take the card, in place of an earlier one that got no PIN."""
        self._pin.expire()
        self._token = token

    def key(self, key: int) -> "Claim | None":
        """Collect the PIN, once there is a card; claim with both at ENTER."""
        if self._token is None:
            return None
        claim = self._pin.key(key)
        if claim is None:
            return None
        token = self._token
        self._token = None
        return token, claim[1]

    def expire(self) -> "Claim":
        """Claim with the card alone, so that the missing PIN is accounted for."""
        token = self._token
        self._token = None
        self._pin.expire()
        return token, None


WAYS: "dict[str, Callable[[], Way]]" = {
    "card": CardEntry,
    "pin": PinEntry,
    "card+pin": CardAndPinEntry,
}
