"""How much came and went in the last day, as far as this process remembers."""

from collections import deque
from dataclasses import dataclass

from linli_protocol import refusals

from ..core import Hub
from ..risk.observed import ATTACKS

WINDOW_MS = 24 * 3_600_000
_STEP_MS = 600_000


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of messages and packets.

    `lost` are events that devices have numbered and the hub has not got, and what the hub gave up
    to send. `retries` are packets that it sent again, or got again.
    """

    messages: int = 0
    lost: int = 0
    retries: int = 0
    attacks: int = 0

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(
            self.messages - other.messages,
            # What was missing may have come since.
            max(self.lost - other.lost, 0),
            self.retries - other.retries,
            self.attacks - other.attacks,
        )


def counted(core: Hub, messages: int) -> Counts:
    """Return what has been counted of all devices so far; `messages` were taken in."""
    links = [peer.link for peer in core.peers.values()]
    refused = [0] * len(refusals.Refusals().counts)
    for link in links:
        for reason, count in enumerate(link.association.refused.counts):
            refused[reason] += count
    return Counts(
        messages,
        sum(peer.events.missing for peer in core.peers.values())
        + sum(link.expired + sum(link.dropped) for link in links),
        sum(link.retransmissions + link.duplicates for link in links),
        sum(refused[reason] for reason in ATTACKS),
    )


class Traffic:
    """Remembers counts, to tell how much they have grown within `WINDOW_MS`."""

    def __init__(self, now: int) -> None:
        self._kept: deque[tuple[int, Counts]] = deque([(now, Counts())])

    def is_due(self, now: int) -> bool:
        """Tell whether there are counts to `note`."""
        return now - self._kept[-1][0] >= _STEP_MS

    def note(self, now: int, counts: Counts) -> None:
        """Remember `counts`."""
        self._kept.append((now, counts))
        while len(self._kept) > 1 and self._kept[1][0] <= now - WINDOW_MS:
            self._kept.popleft()

    def grown(self, now: int, counts: Counts) -> tuple[Counts, float]:
        """Return by how much `counts` have grown within the window, and how many hours that is."""
        since, before = self._kept[0]
        return counts - before, (now - since) / 3_600_000
