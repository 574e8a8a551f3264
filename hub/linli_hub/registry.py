"""The devices of a site, as the log tells of them.

Records, with the body:

* "enrolled": `device`, `kind` (its word, as in `linli_protocol.words.KINDS`), `generation` (of its
  keys), `ways` (names, the preferred one first), `by`;
* "retired": `device`, `by`: it is served no more.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .projections import Event, Projection
from .storage import Transaction

ENROLLED = "enrolled"
RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One device that the hub serves."""

    device: int
    kind: str
    generation: int
    ways: tuple[str, ...]


class Registry:
    """The devices enrolled; `take` follows the records."""

    def __init__(self, enrolments: Iterable[Enrolment] = ()) -> None:
        self._enrolments = {each.device: each for each in enrolments}

    @classmethod
    def load(cls, transaction: Transaction) -> "Registry":
        """Return what the projection knows."""
        found = transaction.query("SELECT device, kind, generation, ways FROM devices")
        return cls(
            Enrolment(device, kind, generation, tuple(json.loads(ways)))
            for device, kind, generation, ways in found
        )

    def take(self, kind: str, body: Mapping[str, Any]) -> None:
        """Learn what a record says; other kinds say nothing here."""
        if kind == ENROLLED:
            self._enrolments[body["device"]] = Enrolment(
                body["device"], body["kind"], body["generation"], tuple(body["ways"])
            )
        elif kind == RETIRED:
            self._enrolments.pop(body["device"], None)

    def __getitem__(self, device: int) -> Enrolment:
        return self._enrolments[device]

    def __contains__(self, device: int) -> bool:
        return device in self._enrolments

    def all(self) -> list[Enrolment]:
        """Return all enrolments, by address."""
        return [self._enrolments[device] for device in sorted(self._enrolments)]


def _apply(transaction: Transaction, events: Sequence[Event]) -> None:
    for event in events:
        body = event.body
        if event.kind == ENROLLED:
            transaction.execute(
                "INSERT INTO devices (device, kind, generation, ways, time_us) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (device) DO UPDATE SET kind = excluded.kind, "
                "generation = excluded.generation, ways = excluded.ways, "
                "time_us = excluded.time_us",
                [
                    body["device"],
                    body["kind"],
                    body["generation"],
                    json.dumps(body["ways"]),
                    event.time_us,
                ],
            )
        elif event.kind == RETIRED:
            transaction.execute("DELETE FROM devices WHERE device = ?", [body["device"]])


DEVICES = Projection(
    "devices",
    1,
    {
        "devices": "device BIGINT PRIMARY KEY, kind TEXT NOT NULL, generation BIGINT NOT NULL, "
        "ways TEXT NOT NULL, time_us BIGINT NOT NULL",
    },
    _apply,
)
"""Table `devices`: those served now; `ways` is a JSON list of names."""
