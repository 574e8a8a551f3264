"""Types that annotations name; nothing imports this module at run time: boards can do without."""

from collections.abc import Callable
from typing import Any, Protocol

Random = Callable[[int], bytes]
"""A count to that many random bytes, fit for nonces."""

Fields = dict[str, Any]
"""A message's fields by name; messages.CATALOGUE gives their types."""


class Store(Protocol):
    """Where sessions and counters are kept; durable when a call returns."""

    def get(self, key: str) -> bytes | None:
        """Return the value of `key`, None when it has none."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Set the value of `key`."""
        ...

    def delete(self, key: str) -> None:
        """Forget `key`; nothing happens when it has no value."""
        ...
