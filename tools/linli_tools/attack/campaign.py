"""A campaign: so many packets of every class for every end, and what became of them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from .classes import CLASSES
from .ends import End
from .snapshot import differences

# Packets of one class for one end, before it is another's turn.
BATCH = 500

Counts = dict[str, Counter[str]]
"""Class of attack to reasons of refusal with their counts."""


@dataclass
class Outcome:
    """What one end has done: `sent` packets by class, `refused` by class and reason.

    `changed` has a line for each place of its state that is not what it was.
    """

    sent: Counter[str] = field(default_factory=Counter)
    refused: Counts = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """How many packets were not refused."""
        return self.sent.total() - sum(counts.total() for counts in self.refused.values())


def run(
    ends: Sequence[End],
    packets: int,
    seed: int,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> dict[str, Outcome]:
    """Send about `packets`, at least one of each class to each end; return the outcomes by end.

    `progress` hears the name of the end, how many packets are sent, and of how many.
    """
    random = Random(seed)
    each = max(round(packets / len(ends) / len(CLASSES)), 1)
    total = each * len(CLASSES) * len(ends)
    outcomes = {}
    sent = 0
    for end in ends:
        before = end.state()
        outcome = outcomes[end.name] = Outcome()
        left = dict.fromkeys(CLASSES, each)
        while left:
            progress(end.name, sent, total)
            name = random.choice(list(left))
            count = min(BATCH, left[name])
            _send(end, name, count, random, outcome)
            left[name] -= count
            sent += count
            if not left[name]:
                del left[name]
        outcome.changed = differences(before, end.state())
    return outcomes


def _send(end: End, name: str, count: int, random: Random, outcome: Outcome) -> None:
    forge, loot = CLASSES[name], end.loot
    before = end.refused()
    for _ in range(count):
        end.take(forge(loot, random))
    outcome.sent[name] += count
    outcome.refused.setdefault(name, Counter()).update(end.refused() - before)
