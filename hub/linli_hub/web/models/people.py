"""People, their passwords and tokens."""

from typing import Self

from pydantic import Field

from ...desk import Account
from ...people import Permission, Person, Role
from ...people import accounts as kept
from .base import Asked, Model, Name, Password


class Me(Model):
    """Who asks."""

    name: str
    role: Role
    permissions: list[Permission]

    @classmethod
    def of(cls, person: Person) -> Self:
        """Return what is told of a person."""
        permissions = [each for each in Permission if person.role.may(each)]
        return cls(name=person.name, role=person.role, permissions=permissions)


class LogIn(Asked):
    """A name and its password."""

    name: Name
    password: Password


class NewToken(Model):
    """A token, which is shown this once."""

    token: str


class Lifetime(Asked):
    """For how long a token is to be good."""

    days: int = Field(ge=1, le=366, strict=True)


class Token(Model):
    """A token in force, by its hash: what it is itself, nobody knows but who has it."""

    hash: str
    name: str
    expires_us: int

    @classmethod
    def of(cls, token: kept.Token) -> Self:
        """Return what is told of a token."""
        return cls.model_validate(token, from_attributes=True)


class Human(Model):
    """Somebody who may log in."""

    name: str
    role: Role

    @classmethod
    def of(cls, account: Account) -> Self:
        """Return what is told of an account."""
        return cls.model_validate(account, from_attributes=True)


class NewHuman(Asked):
    """Somebody who is to log in."""

    name: Name
    role: Role
    password: Password


class NewRole(Asked):
    """What somebody works as from now on; null: may log in no more."""

    role: Role | None


class NewPassword(Asked):
    """Somebody's new password."""

    password: Password


class OwnPassword(NewPassword):
    """One's own new password, and the `old` one."""

    old: Password
