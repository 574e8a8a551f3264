"""How a person shows who they are: by card, by PIN, or by card and PIN.

A claim is (token or None, digits or None). A card is only judged together with its PIN, so that the
door does not tell a finder of a card whether it is worth trying PINs.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    Claim = tuple[bytes | None, str | None]

MODES = ("card", "card+pin", "pin")

# Keys are 0 to 9 and two more, numbered as 4-bit Wiegand keypads do.
CLEAR = 10
ENTER = 11

# One more than the longest PIN, so that a longer entry is not cut down to a right one.
_MAX_DIGITS = 9


class Entry:
    """The claim in the making, in one of MODES; a PIN is ended by ENTER and begun again by CLEAR.

    With a card alone the keypad is ignored, with a PIN alone the reader.
    """

    def __init__(self, mode: str) -> None:
        self._takes_card = mode != "pin"
        self._takes_pin = mode != "card"
        self._token: "bytes | None" = None
        self._digits = ""

    @property
    def waiting(self) -> bool:
        """Tell whether a claim has begun."""
        return self._token is not None or bool(self._digits)

    def card(self, token: bytes) -> "Claim | None":
        """Take a card, in place of an earlier one that got no PIN; return the claim if complete."""
        if not self._takes_card:
            return None
        if not self._takes_pin:
            return token, None
        self._token = token
        self._digits = ""
        return None

    def key(self, key: int) -> "Claim | None":
        """Take a key, once there is a card where one is needed; return the claim if complete."""
        if not self._takes_pin or (self._takes_card and self._token is None):
            return None
        if key == ENTER and self._digits:
            claim = self._token, self._digits
            self.expire()
            return claim
        if key == CLEAR:
            self._digits = ""
        elif key < CLEAR and len(self._digits) < _MAX_DIGITS:
            self._digits += str(key)
        return None

    def expire(self) -> "Claim | None":
        """End the claim: a card counts, so that its missing PIN is accounted for, digits do not."""
        token = self._token
        self._token = None
        self._digits = ""
        return None if token is None else (token, None)
