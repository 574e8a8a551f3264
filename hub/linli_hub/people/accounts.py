"""People and their tokens, as the log tells of them.

Records, with the body:

* "person": `name`, `role` (null: may not log in any more), `password` (as `passwords.hashed` keeps
  it), `by`; a person's tokens end with the role and with the password;
* "token": `name`, `hash`, `expires_us`, `by`;
* "token revoked": `hash`, `by`;
* "login failed": `by` (who it was to be, where there is such a person), `origin` (from where).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..projections import Event, Projection
from ..storage import Transaction
from . import passwords
from .roles import Role

PERSON = "person"
TOKEN = "token"
TOKEN_REVOKED = "token revoked"
LOGIN_FAILED = "login failed"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may log in, under `name`."""

    name: str
    role: Role
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """Whose token has `hash`, until when (Unix µs)."""

    hash: str
    name: str
    expires_us: int


class Accounts:
    """Who may log in; `take` follows the records."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self._tokens: dict[str, tuple[str, int]] = {}

    @classmethod
    def load(cls, transaction: Transaction) -> "Accounts":
        """Return what the projection knows."""
        accounts = cls()
        for name, role, password in transaction.query("SELECT name, role, password FROM people"):
            accounts._people[name] = Person(name, Role(role), password)
        for hash_, name, expires_us in transaction.query(
            "SELECT hash, name, expires_us FROM tokens"
        ):
            accounts._tokens[hash_] = name, expires_us
        return accounts

    def take(self, kind: str, body: Mapping[str, Any]) -> None:
        """Learn what a record says; other kinds say nothing here."""
        if kind == PERSON:
            name = body["name"]
            before = self._people.pop(name, None)
            if body["role"] is not None:
                self._people[name] = Person(name, Role(body["role"]), body["password"])
            if body["role"] is None or (before and before.password != body["password"]):
                own = [hash_ for hash_, (of, _) in self._tokens.items() if of == name]
                for hash_ in own:
                    del self._tokens[hash_]
        elif kind == TOKEN:
            self._tokens[body["hash"]] = body["name"], body["expires_us"]
        elif kind == TOKEN_REVOKED:
            self._tokens.pop(body["hash"], None)

    def person(self, name: str) -> Person | None:
        """Return who has that name."""
        return self._people.get(name)

    def people(self) -> list[Person]:
        """Return everybody, by name."""
        return [self._people[name] for name in sorted(self._people)]

    def tokens(self, now_us: int) -> list[Token]:
        """Return the tokens in force, by whose they are and when they end."""
        found = (Token(hash_, *token) for hash_, token in self._tokens.items())
        return sorted(
            (each for each in found if now_us < each.expires_us),
            key=lambda each: (each.name, each.expires_us),
        )

    def with_password(self, name: str, password: str) -> Person | None:
        """Return who has that name and password; a wrong name takes as long as a wrong password."""
        person = self._people.get(name)
        right = passwords.matches(password, _NOBODY if person is None else person.password)
        return person if right else None

    def with_token(self, token: str, now_us: int) -> Person | None:
        """Return whose token that is; None when it is nobody's, over or revoked."""
        name, expires_us = self._tokens.get(token_hash(token), ("", 0))
        return self._people.get(name) if now_us < expires_us else None


def token_hash(token: str) -> str:
    """Return what to keep of a token, which has so many random bits that one hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


# Of no password at all: nothing that somebody can type has this hash.
_NOBODY = passwords.hashed("\0", bytes)


def _apply(transaction: Transaction, events: Sequence[Event]) -> None:
    for event in events:
        body = event.body
        if event.kind == PERSON:
            transaction.execute(
                "DELETE FROM tokens WHERE name = ? AND NOT EXISTS (SELECT 1 FROM people "
                "WHERE people.name = tokens.name AND password = ?)",
                [body["name"], "" if body["role"] is None else body["password"]],
            )
        if event.kind == PERSON and body["role"] is None:
            transaction.execute("DELETE FROM people WHERE name = ?", [body["name"]])
        elif event.kind == PERSON:
            transaction.execute(
                "INSERT INTO people (name, role, password) VALUES (?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET role = excluded.role, "
                "password = excluded.password",
                [body["name"], body["role"], body["password"]],
            )
        elif event.kind == TOKEN:
            transaction.execute(
                "INSERT INTO tokens (hash, name, expires_us) VALUES (?, ?, ?)",
                [body["hash"], body["name"], body["expires_us"]],
            )
        elif event.kind == TOKEN_REVOKED:
            transaction.execute("DELETE FROM tokens WHERE hash = ?", [body["hash"]])


PEOPLE = Projection(
    "people",
    2,
    {
        "people": "name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL",
        "tokens": "hash TEXT PRIMARY KEY, name TEXT NOT NULL, expires_us BIGINT NOT NULL",
    },
    _apply,
)
"""Tables `people` and `tokens`."""
