"""Commands from a broker: few, only when configured, and never in the name of a person.

Whoever may publish to the topic may give them, and a broker vouches for a connection, not for a
person. What takes two persons (`people.Operation`) is therefore never among them.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection

from linli_protocol.words import COMMANDS

from .topics import Topics

LONGEST_LIFE_S = 3600
_MOST_BYTES = 1024

Command = Callable[[int, int, int], None]
"""Carries out (device, operation, seconds to live) and writes down that it did.

KeyError: no such device.
"""


class Commands:
    """Takes commands that are in `accepted`; what is refused is counted, and not answered."""

    def __init__(
        self, topics: Topics, accepted: Collection[int], command: Command, unix_s: Callable[[], int]
    ) -> None:
        self.refused: Counter[str] = Counter()
        self._topics = topics
        self._words = {COMMANDS[operation]: operation for operation in accepted}
        self._command = command
        self._unix_s = unix_s

    def take(self, topic: str, payload: bytes, retained: bool) -> None:
        """Carry out a message; see schemas/command.json."""
        refusal = self._refusal(topic, payload, retained)
        if refusal is not None:
            self.refused[refusal] += 1

    def _refusal(self, topic: str, payload: bytes, retained: bool) -> str | None:
        device = self._topics.commanded(topic)
        if device is None:
            return "topic"
        if retained:
            return "retained"
        try:
            told = json.loads(payload) if len(payload) <= _MOST_BYTES else None
        except (ValueError, RecursionError):
            return "malformed"
        if not isinstance(told, dict) or set(told) != {"command", "expires"}:
            return "malformed"
        word, expires = told["command"], told["expires"]
        if not isinstance(word, str) or type(expires) is not int:
            return "malformed"
        if word not in self._words:
            return "not accepted"
        life_s = expires - self._unix_s()
        if not 0 < life_s <= LONGEST_LIFE_S:
            return "expired or too long"
        try:
            self._command(device, self._words[word], life_s)
        except KeyError:
            return "unknown device"
        return None
