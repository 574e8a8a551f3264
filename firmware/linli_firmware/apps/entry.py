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


class CardEntry:
    """The card alone; the keypad is ignored."""

    waiting = False

    def card(self, token):
        """Claim with the card."""
        return token, None

    def key(self, key):
        """Claim nothing."""

    def expire(self):
        """Have nothing to end."""


class PinEntry:
    """A PIN alone, ended by ENTER."""

    def __init__(self):
        self._digits = ""

    @property
    def waiting(self):
        """Tell whether digits have been entered."""
        return bool(self._digits)

    def card(self, token):
        """Claim nothing."""

    def key(self, key):
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

    def expire(self):
        """Drop the digits: without ENTER nothing was claimed."""
        self._digits = ""


class CardAndPinEntry:
    """A card, then its PIN ended by ENTER; CLEAR begins the PIN again."""

    def __init__(self):
        self._token = None
        self._pin = PinEntry()

    @property
    def waiting(self):
        """Tell whether a card waits for its PIN."""
        return self._token is not None

    def card(self, token):
        """Take the card, in place of an earlier one that got no PIN."""
        self._pin.expire()
        self._token = token

    def key(self, key):
        """Collect the PIN, once there is a card; claim with both at ENTER."""
        if self._token is None:
            return None
        claim = self._pin.key(key)
        if claim is None:
            return None
        token = self._token
        self._token = None
        return token, claim[1]

    def expire(self):
        """Claim with the card alone, so that the missing PIN is accounted for."""
        token = self._token
        self._token = None
        self._pin.expire()
        return token, None


WAYS = {"card": CardEntry, "pin": PinEntry, "card+pin": CardAndPinEntry}
