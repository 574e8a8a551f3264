"""The audit, and the log's chain."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field

from ...archive.verification import Verified
from ...views.audit import Deed as Done
from .base import Model, address_text


class Deed(Model):
    """What somebody did or was shown, told in row `row` of the log."""

    row: int
    time_us: int
    by: str
    kind: str
    device: str | None
    told: dict[str, Any] | None = Field(description="The record without secrets; null: sealed.")

    @classmethod
    def of(cls, done: Done) -> Self:
        """Return what is told of a deed."""
        told: Mapping[str, Any] | None = done.told
        return cls(
            row=done.number,
            time_us=done.time_us,
            by=done.by,
            kind=done.kind,
            device=address_text(done.device) if done.device else None,
            told=None if told is None else dict(told),
        )


class Chain(Model):
    """What was verified: each row after the one before, up to `head`, which is worth keeping."""

    rows: int
    head: str = Field(description="NUMBER:HASH, for `linli hub verify --head`.")
    verified_after: int
    missing: list[str] = Field(description="Archives that are not there.")

    @classmethod
    def of(cls, found: Verified) -> Self:
        """Return what is told of a verification."""
        return cls(
            rows=found.end.number,
            head=f"{found.end.number}:{found.end.hash.hex()}",
            verified_after=found.start.number,
            missing=list(found.missing),
        )
