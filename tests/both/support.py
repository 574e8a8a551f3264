"""Shared by tests of both interpreters: expected errors, vectors, a repeatable random source."""

import json


def raises(error, call, *args):
    """Return the `error` that `call(*args)` raises; fail when it raises none."""
    try:
        call(*args)
    except error as raised:
        return raised
    raise AssertionError("expected " + error.__name__)


def vectors(name):
    """Return the parsed protocol/vectors/<name>.json."""
    folder = __file__.rpartition("/")[0] or "."
    with open(folder + "/../../protocol/vectors/" + name + ".json") as file:
        return json.load(file)


class Random:
    """A 31-bit Park-Miller source (a = 48271): the same numbers on every runtime."""

    def __init__(self, seed=1):
        self.state = seed

    def below(self, limit):
        """Return an integer in [0, limit)."""
        self.state = self.state * 48271 % 0x7FFFFFFF
        return self.state % limit

    def bytes(self, count):
        """Return `count` bytes."""
        return bytes(self.below(256) for _ in range(count))
