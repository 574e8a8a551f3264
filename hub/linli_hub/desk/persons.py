"""People: who may log in as what, their passwords and tokens."""

import asyncio
import os
import secrets
from dataclasses import dataclass

from ..people import PERSON, Permission, Person, Role, passwords
from ..people.accounts import LOGIN_FAILED, TOKEN, TOKEN_REVOKED, Token, token_hash
from .errors import Forbidden, NotFound, Refused
from .subject import Subject, said

SESSION_H = 12
"""A person logs in once a shift."""
LONGEST_DAYS = 366
"""A token ends after this at the latest."""
LONGEST_NAME = 64
_HOUR_US = 3_600_000_000
_TOKEN_BYTES = 32
_UNKNOWN = "(unknown)"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in."""

    name: str
    role: Role


class Persons(Subject):
    """Those who may log in."""

    async def log_in(self, name: str, password: str, origin: str = "") -> tuple[Person, str]:
        """Return who has that name and password, and a token for `SESSION_H` hours.

        Forbidden when nobody has, which the audit is told with `origin`, the address it came from.
        """
        accounts = self._site.accounts
        person = await asyncio.to_thread(accounts.with_password, name, password)
        if person is None or accounts.person(name) != person:
            # What was typed for a name may be a password.
            by = name if accounts.person(name) else _UNKNOWN
            await self._tell(LOGIN_FAILED, {"by": by, "origin": origin})
            raise Forbidden("no such name and password")
        return person, await self._new_token(person, SESSION_H * _HOUR_US)

    async def with_token(self, token: str) -> Person | None:
        """Return whose token that is; None when it is nobody's, over or revoked."""
        return self._site.accounts.with_token(token, self._now_us())

    async def log_out(self, token: str) -> None:
        """Revoke a token by itself."""
        person = await self.with_token(token)
        if person is not None:
            await self._tell(TOKEN_REVOKED, {"hash": token_hash(token), "by": person.name})

    async def people(self, person: Person) -> list[Account]:
        """Return everybody who may log in, by name."""
        self._allow(person, Permission.MANAGE_PEOPLE)
        return [Account(each.name, each.role) for each in self._site.accounts.people()]

    async def add_person(self, person: Person, name: str, role: Role, password: str) -> None:
        """Let somebody log in."""
        self._allow(person, Permission.MANAGE_PEOPLE)
        name = said(name, "name")
        # In brackets stands who is nobody: an unknown name, the hub itself.
        if len(name) > LONGEST_NAME or not name.isprintable() or name.startswith("("):
            raise Refused(f"a name has up to {LONGEST_NAME} characters, and no bracket first")
        kept = await _hashed(password)
        if self._site.accounts.person(name) is not None:
            raise Refused(f"there is a {name} already")
        body = {"name": name, "role": Role(role), "password": kept, "by": person.name}
        await self._tell(PERSON, body)

    async def set_role(self, person: Person, name: str, role: Role | None) -> None:
        """Have somebody work as something else, or (None) log in no more; tokens go with that."""
        self._allow(person, Permission.MANAGE_PEOPLE)
        known = self._known(name)
        administrators = [
            each.name for each in self._site.accounts.people() if each.role is Role.ADMIN
        ]
        if administrators == [name] and role is not Role.ADMIN:
            raise Refused(f"{name} is the only administrator")
        body = {
            "name": name,
            "role": None if role is None else Role(role),
            "password": known.password,
            "by": person.name,
        }
        await self._tell(PERSON, body)

    async def set_password(
        self, person: Person, name: str, password: str, old: str | None = None
    ) -> None:
        """Give somebody another password, or oneself, who must know the `old` one.

        All of that person's tokens end.
        """
        if name == person.name:
            accounts = self._site.accounts
            if not await asyncio.to_thread(accounts.with_password, name, old or ""):
                await self._tell(LOGIN_FAILED, {"by": name, "origin": "change of password"})
                raise Forbidden("that is not the password so far", key="wrong_password")
        else:
            self._allow(person, Permission.MANAGE_PEOPLE)
        kept = await _hashed(password)
        known = self._known(name)
        body = {"name": name, "role": known.role, "password": kept, "by": person.name}
        await self._tell(PERSON, body)

    async def make_token(self, person: Person, days: int) -> str:
        """Return a new token of the person's own, which is shown this once."""
        if not 1 <= days <= LONGEST_DAYS:
            raise Refused(f"{days} days are none of 1 to {LONGEST_DAYS}")
        return await self._new_token(self._known(person.name), days * 24 * _HOUR_US)

    async def tokens(self, person: Person) -> list[Token]:
        """Return the tokens in force: the person's own, or all for who manages people."""
        everybody = self._may(person, Permission.MANAGE_PEOPLE)
        return [
            each
            for each in self._site.accounts.tokens(self._now_us())
            if everybody or each.name == person.name
        ]

    async def revoke_token(self, person: Person, hash_: str) -> None:
        """End the token of which `hash_` is kept, see `tokens`."""
        if not any(each.hash == hash_ for each in await self.tokens(person)):
            raise NotFound("no such token is in force")
        await self._tell(TOKEN_REVOKED, {"hash": hash_, "by": person.name})

    async def _new_token(self, person: Person, life_us: int) -> str:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        body = {
            "name": person.name,
            "hash": token_hash(token),
            "expires_us": self._now_us() + life_us,
            "by": person.name,
        }
        await self._tell(TOKEN, body)
        return token

    def _known(self, name: str) -> Person:
        known = self._site.accounts.person(name)
        if known is None:
            raise NotFound(f"there is no {name}", key="no_person", name=name)
        return known


async def _hashed(password: str) -> str:
    if len(password) < passwords.LEAST_LENGTH:
        raise Refused(
            f"a password has {passwords.LEAST_LENGTH} characters or more, this one {len(password)}",
            key="short_password",
            least=passwords.LEAST_LENGTH,
        )
    return await asyncio.to_thread(passwords.hashed, password, os.urandom)
