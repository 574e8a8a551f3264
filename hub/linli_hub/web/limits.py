"""How much may be asked of the hub, and how often a password may be tried.

Each limit forgets who has not been seen for longest when it knows too many.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)

Clock = Callable[[], float]
"""Returns the s since some moment; never goes back."""

_MOST_KNOWN = 10_000
# What may come at once, in s of the steady rate: a page with all that belongs to it.
_BURST_S = 10.0

# A password takes 16 MiB and a core for 50 ms to check. Beyond those that wait, whoever comes is to
# try again.
_CHECKS_AT_ONCE = 2
MOST_CHECKS = 20
MOST_CHECKS_OF_ADDRESS = 5

# Of one name from one address before the first wait; from an address of all names that it is not
# familiar with; of a name from all addresses that are not familiar with it. NIST SP 800-63B-4,
# 3.2.2, has 100 as the most for an account.
_FREE_OF_PAIR = 5
_FREE_OF_ADDRESS = 20
_FREE_OF_NAME = 50
_FIRST_WAIT_S = 2.0
_LONGEST_WAIT_S = 60.0
_FORGOTTEN_AFTER_S = 3600.0


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rate:
    """Lets each key do something `per_minute` times a minute, and a few times at once."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_s = per_minute / 60
        self._burst = max(self._per_s * _BURST_S, 1.0)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> float:
        """Count one; return 0, or how many s until one is let through."""
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._burst, now)
            if len(self._buckets) > _MOST_KNOWN:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
            bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._per_s)
            bucket.at = now
        if bucket.left < 1:
            return (1 - bucket.left) / self._per_s
        bucket.left -= 1
        return 0.0


@dataclass(slots=True)
class _Failures:
    count: int
    at: float


class LogIns:
    """Makes who fails to log in wait, longer each time, without shutting anybody else out.

    What counts is a name together with an address. Whoever knocks at an address with many names
    makes that address wait, and whoever knocks with a name at many addresses makes the name wait,
    except where they are familiar with each other: the person has been there with a valid token.
    """

    def __init__(self, clock: Clock) -> None:
        self._of_pair: _Tried[tuple[str, str]] = _Tried(_FREE_OF_PAIR, clock)
        self._of_address: _Tried[str] = _Tried(_FREE_OF_ADDRESS, clock)
        self._of_name: _Tried[str] = _Tried(_FREE_OF_NAME, clock)
        self._familiar: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait_s(self, name: str, address: str) -> float:
        """Return 0, or in how many s this name may be tried again from this address."""
        wait_s = self._of_pair.wait_s((name, address))
        if (name, address) not in self._familiar:
            of_address, of_name = self._of_address.wait_s(address), self._of_name.wait_s(name)
            wait_s = max(wait_s, of_address, of_name)
        return wait_s

    def failed(self, name: str, address: str) -> None:
        """Count a failure."""
        self._of_pair.count((name, address))
        if (name, address) not in self._familiar:
            self._of_address.count(address)
            self._of_name.count(name)

    def succeeded(self, name: str, address: str) -> None:
        """Forget failures of a name whose password was right."""
        self._of_pair.forget((name, address))
        self.seen(name, address)

    def seen(self, name: str, address: str) -> None:
        """Take a name and an address for familiar: a token was valid there."""
        self._familiar[name, address] = None
        self._familiar.move_to_end((name, address))
        if len(self._familiar) > _MOST_KNOWN:
            self._familiar.popitem(last=False)


class _Tried(Generic[_Key]):
    """Failures by some key, of which `free` cost no wait."""

    def __init__(self, free: int, clock: Clock) -> None:
        self._free = free
        self._clock = clock
        self._failures: OrderedDict[_Key, _Failures] = OrderedDict()

    def wait_s(self, key: _Key) -> float:
        failures = self._failures.get(key)
        if failures is None or failures.count < self._free:
            return 0.0
        wait_s = min(_FIRST_WAIT_S * 2.0 ** (failures.count - self._free), _LONGEST_WAIT_S)
        return max(failures.at + wait_s - self._clock(), 0.0)

    def count(self, key: _Key) -> None:
        now = self._clock()
        failures = self._failures.setdefault(key, _Failures(0, now))
        if now - failures.at > _FORGOTTEN_AFTER_S:
            failures.count = 0
        # More would make no longer wait.
        failures.count = min(failures.count + 1, 100)
        failures.at = now
        self._failures.move_to_end(key)
        if len(self._failures) > _MOST_KNOWN:
            self._failures.popitem(last=False)

    def forget(self, key: _Key) -> None:
        self._failures.pop(key, None)


class Crowded(Exception):
    """Too many wait already."""


class Checks:
    """Passwords that are checked: a few at once, in `turn`, while not too many more wait."""

    def __init__(self) -> None:
        self.turn = asyncio.Semaphore(_CHECKS_AT_ONCE)
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def waiting(self, address: str) -> Iterator[None]:
        """Count somebody from an address who waits, or whose turn it is; Crowded: it cannot be."""
        if self._waiting.total() >= MOST_CHECKS or self._waiting[address] >= MOST_CHECKS_OF_ADDRESS:
            raise Crowded
        self._waiting[address] += 1
        try:
            yield
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]
