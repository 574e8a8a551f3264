"""A kind of device in safe mode that does less than it is made for, on the same pins."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SafeKind:
    """What a node asks of a module of `kinds`; its app is the `SafeApp` of `kind`."""

    def __init__(self, kind: "Any") -> None:
        self.App = kind.SafeApp
        self.wire = kind.wire
