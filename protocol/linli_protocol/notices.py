"""What a link tells its owner: messages that arrived, and what became of those sent."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Fields


class Delivery:
    """A message received: its kind, its fields by name, the priority it travelled with."""

    __slots__ = ("fields", "kind", "priority")

    def __init__(self, kind: int, fields: "Fields", priority: int) -> None:
        self.kind = kind
        self.fields = fields
        self.priority = priority


class Outcome:
    """What became of a message sent with a token: `delivered`, or given up."""

    __slots__ = ("delivered", "token")

    def __init__(self, token: int, delivered: bool) -> None:
        self.token = token
        self.delivered = delivered
