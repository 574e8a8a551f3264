"""What an app asks of the device around it; every app's `poll(now)` returns a list of these."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from linli_protocol.types import Fields


class Send:
    """Send the message `kind` with `fields` (names as in linli_protocol.messages).

    `priority` overrides the catalogue's. When `token` is not None the app's
    `on_outcome(token, delivered, now)` is called once, as soon as the peer has acknowledged the
    message (delivered True) or it was given up (False).
    """

    __slots__ = ("fields", "kind", "priority", "token")

    def __init__(
        self,
        kind: int,
        fields: "Fields",
        priority: "int | None" = None,
        token: "int | None" = None,
    ) -> None:
        self.kind = kind
        self.fields = fields
        self.priority = priority
        self.token = token


class Output:
    """Set the output `name` (such as "strike", "valve", "led", "buzzer") to `value`."""

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: int) -> None:
        self.name = name
        self.value = value


class Rejoin:
    """Start a new session: the hub has commanded it."""

    __slots__ = ()


class Decommission:
    """Destroy keys, lists and logs: the hub has commanded it."""

    __slots__ = ()
