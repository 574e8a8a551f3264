"""Messages that devices of a cohort have under way, and when each is repeated."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from linli_protocol import device_association, link

from ..clockwork import US_PER_MS
from ..draws import uniform
from .frames import Flags, Ints

JOIN, GREETING, FIRST_REPORT = -2, -1, 0
"""The numbers of a device's request to join, of its greeting after that, and of its first report;
later reports have higher ones."""

_BACK_OFF = 3
_MAX_US = link.DEFAULTS["retry_max_ms"] * US_PER_MS
_JOIN_US = device_association.DEFAULTS["join_retry_ms"] * US_PER_MS
_JOIN_MAX_US = device_association.DEFAULTS["join_retry_max_ms"] * US_PER_MS
_MAX_DOUBLINGS = 16


@dataclass(slots=True)
class Messages:
    """Messages under way; one is known by its `device` and `number`.

    `attempt` counts the frames sent so far, `due_us` is when the next one leaves unless the message
    is acknowledged before. `is_at_hub`: a frame was received. `is_open`: what becomes of the last
    frame is not known yet. `wants_time`: the answer to the first that is received tells the time.
    """

    device: Ints
    number: Ints
    offered_us: Ints
    attempt: Ints
    due_us: Ints
    is_at_hub: Flags
    is_open: Flags
    wants_time: Flags

    @classmethod
    def new(cls, device: Ints, number: Ints, time_us: Ints) -> Self:
        """Return messages that are offered and due at `time_us`."""
        no = np.zeros(len(device), np.bool_)
        return cls(device, number, time_us, np.zeros(len(device), np.int64), time_us, no, no, no)

    @classmethod
    def none(cls) -> Self:
        """Return no messages."""
        empty = np.empty(0, np.int64)
        return cls.new(empty, empty, empty)

    def __len__(self) -> int:
        return len(self.device)

    def take(self, which: Flags) -> "Messages":
        """Return some of the messages."""
        return Messages(
            self.device[which],
            self.number[which],
            self.offered_us[which],
            self.attempt[which],
            self.due_us[which],
            self.is_at_hub[which],
            self.is_open[which],
            self.wants_time[which],
        )

    def joined(self, other: "Messages") -> "Messages":
        """Return these, then the `other` messages."""
        return Messages(
            np.concatenate((self.device, other.device)),
            np.concatenate((self.number, other.number)),
            np.concatenate((self.offered_us, other.offered_us)),
            np.concatenate((self.attempt, other.attempt)),
            np.concatenate((self.due_us, other.due_us)),
            np.concatenate((self.is_at_hub, other.is_at_hub)),
            np.concatenate((self.is_open, other.is_open)),
            np.concatenate((self.wants_time, other.wants_time)),
        )

    def next_due_us(
        self, which: Ints, level: int, due_us: Ints, timeout_us: Ints, seed: int
    ) -> Ints:
        """Return when messages go out again whose frame `attempt` + `level` left at `due_us`.

        `timeout_us` is the first wait for an acknowledgement. It doubles each time up to the link's
        greatest, and up to half as much again is added at random (linli_protocol.link). A request
        to join has a wait of its own, drawn from its upper half (device_association).
        """
        attempt = self.attempt[which] + level
        is_join = self.number[which] == JOIN
        first_us = np.where(is_join, _JOIN_US, timeout_us)
        limit_us = np.where(is_join, _JOIN_MAX_US, _MAX_US)
        span_us = np.minimum(first_us << np.minimum(attempt, _MAX_DOUBLINGS), limit_us)
        late = uniform(seed, _BACK_OFF, self.device[which], self.number[which], attempt)
        least_us = np.where(is_join, span_us // 2, span_us)
        return np.asarray(due_us + least_us + (late * (span_us // 2)).astype(np.int64))
