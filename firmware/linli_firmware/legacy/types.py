"""Types that annotations of this folder name; nothing imports this module at run time."""

from collections.abc import Callable
from typing import Any, Protocol

Serial = tuple[int, int | None, int]
"""Bd; parity None, 0 (even) or 1 (odd); stop bits."""

Answer = tuple[int, Any]
"""An outcome of `bus` and its value."""

Reading = tuple[int, int | None, bool | None]
"""A water meter's total in ml, its valve's position as in `cjt188`, whether its battery is low."""

Done = Callable[[int, Any, int], None]
"""Takes an outcome of `bus`, its value and now."""


class Inputs(Protocol):
    """Where links get their app's inputs, such as `node.inbox.Inbox.port`."""

    def __call__(self, method: str) -> Callable[..., None]:
        """Return what is called with an input's arguments, `now` last."""
        ...


class Device(Protocol):
    """A driver: see `bus`. One polling asks for steps 0 to `steps` - 1."""

    steps: int

    @property
    def serial(self) -> Serial:
        """The format of the line that the device keeps to."""
        ...

    def encode(self, step: int) -> bytes:
        """Return the bytes of a new request."""
        ...

    def decode(self, step: int, heard: bytes) -> Answer | None:
        """Return the answer to the last request, None while `heard` does not hold it."""
        ...


class Sink(Protocol):
    """Takes what a poller finds out about one device."""

    def take(self, step: int, value: Any, now: int) -> None:
        """Take the value of a step."""
        ...

    @property
    def set_present(self) -> Callable[[bool, int], None]:
        """Take that the device answers again, or no longer, and now."""
        ...
