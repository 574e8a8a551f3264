"""The fence: a device refuses what comes from a hub that has been replaced and does not know it."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Fields, Store

_KEY = "term"


class Fence:
    """The highest term that a hub has told this device, kept in its `store`.

    Wear: 4 bytes whenever the term rises.
    """

    def __init__(self, store: "Store") -> None:
        self._store = store
        saved = store.get(_KEY)
        self.term = int.from_bytes(saved, "big") if saved else 0

    def admits(self, fields: "Fields") -> bool:
        """Tell whether the message with these `fields` is from a hub that may still lead.

        A higher term is durable when this returns, before anything is done that the message asks.
        """
        term: int = fields.get("term", 0)
        if term > self.term:
            self._store.put(_KEY, term.to_bytes(4, "big"))
            self.term = term
        return term == self.term
