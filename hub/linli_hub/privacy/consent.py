"""Consents: what a household has allowed beyond what the site needs, as the log tells of it.

A "consent" record has `household`, `purpose`, `given` (false: withdrawn), `by`, the person who
wrote it down, and `how` the resident gave the second consent that the study asks for, the one
beside the contract's; its time is when. It names no resident, so that it outlives an erasure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..projections import ERASURE, Event, Projection
from ..storage import Transaction
from .terms import Purpose

CONSENT = "consent"


class ConsentError(ValueError):
    """A consent cannot be written down; the message says why."""


def consent(household: int, purpose: Purpose, given: bool, by: str, how: str) -> dict[str, Any]:
    """Return the body of a "consent" record; ConsentError when it does not say who and how."""
    if not by.strip():
        raise ConsentError("a consent needs the name of the person who writes it down")
    if not how.strip():
        raise ConsentError("a consent needs how the resident gave it, or took it back")
    return {"household": household, "purpose": purpose, "given": given, "by": by, "how": how}


class Consents:
    """The consents in force; `take` follows the records, and counts from that moment on."""

    def __init__(self) -> None:
        self._given: set[tuple[int, str]] = set()

    @classmethod
    def load(cls, transaction: Transaction) -> "Consents":
        """Return what the projection knows."""
        consents = cls()
        consents._given.update(
            transaction.query("SELECT household, purpose FROM consents WHERE given = 1")
        )
        return consents

    def take(self, kind: str, body: Mapping[str, Any]) -> None:
        """Learn what a record says; other kinds say nothing here."""
        if kind == CONSENT:
            which = body["household"], body["purpose"]
            if body["given"]:
                self._given.add(which)
            else:
                self._given.discard(which)
        elif kind == ERASURE:
            self._given -= {(body["household"], purpose) for purpose in Purpose}

    def given(self, household: int, purpose: Purpose) -> bool:
        """Tell whether a household's consent to a purpose is in force."""
        return (household, purpose) in self._given


@dataclass(frozen=True, slots=True)
class Word:
    """A household's last word on a purpose: `by` wrote down at `time_us` how it was given."""

    purpose: Purpose
    given: bool
    by: str
    how: str
    time_us: int


def of_household(transaction: Transaction, household: int) -> list[Word]:
    """Return what a household has said, by purpose."""
    return [
        Word(Purpose(purpose), bool(given), by, how, time_us)
        for purpose, given, by, how, time_us in transaction.query(
            "SELECT purpose, given, person, how, time_us FROM consents WHERE household = ? "
            "ORDER BY purpose",
            [household],
        )
    ]


def _apply(transaction: Transaction, events: Sequence[Event]) -> None:
    for event in events:
        body = event.body
        if event.kind == CONSENT:
            transaction.execute(
                "INSERT INTO consents (household, purpose, given, person, how, time_us) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (household, purpose) DO UPDATE SET "
                "given = excluded.given, person = excluded.person, how = excluded.how, "
                "time_us = excluded.time_us",
                [
                    body["household"],
                    body["purpose"],
                    int(body["given"]),
                    body["by"],
                    body["how"],
                    event.time_us,
                ],
            )
        elif event.kind == ERASURE:
            transaction.execute("DELETE FROM consents WHERE household = ?", [body["household"]])


CONSENTS = Projection(
    "consents",
    1,
    {
        "consents": "household BIGINT NOT NULL, purpose TEXT NOT NULL, given BIGINT NOT NULL, "
        "person TEXT NOT NULL, how TEXT NOT NULL, time_us BIGINT NOT NULL, "
        "PRIMARY KEY (household, purpose)",
    },
    _apply,
)
"""Table `consents`: the last word of each household on each purpose; `given` is 1 or 0."""
