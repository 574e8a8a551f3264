"""Who may be at a shared thing: any number of users, or one who changes it and nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Gate:
    """A lock that users of a thing hold together, and who changes it alone.

    Users come by `with gate:`. A changer who waits keeps new users out, and so gets in.
    """

    def __init__(self) -> None:
        self._door = Lock()  # held by a changer, from when one begins to wait
        self._counting = Lock()
        self._users = 0
        self._occupied = Lock()  # held by the users together, or by a changer

    def __enter__(self) -> None:
        """Begin to use the thing, when nobody changes it."""
        with self._door, self._counting:
            if not self._users:
                self._occupied.acquire()
            self._users += 1

    def __exit__(self, *exception: object) -> None:
        """End using it."""
        with self._counting:
            self._users -= 1
            if not self._users:
                self._occupied.release()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody uses the thing, and let nobody in until this ends."""
        with self._door, self._occupied:
            yield
