"""People and their tokens, as the log tells of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import passwords
from .roles import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may log in, under `name`."""

    name: str
    role: Role
    password: str


class Accounts:
    """Who may log in; `take` follows the log's records "person", "token" and "token revoked"."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self._tokens: dict[str, tuple[str, int]] = {}

    def take(self, kind: str, body: Mapping[str, Any]) -> None:
        """Learn what a record says; other kinds say nothing here."""
        if kind == "person":
            name = body["name"]
            if body["role"] is None:
                self._people.pop(name, None)
            else:
                self._people[name] = Person(name, Role(body["role"]), body["password"])
        elif kind == "token":
            self._tokens[body["hash"]] = body["name"], body["expires_us"]
        elif kind == "token revoked":
            self._tokens.pop(body["hash"], None)

    def person(self, name: str) -> Person | None:
        """Return who has that name."""
        return self._people.get(name)

    def people(self) -> list[Person]:
        """Return everybody, by name."""
        return [self._people[name] for name in sorted(self._people)]

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
