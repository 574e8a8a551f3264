"""What households consent to, and their erasure."""

from typing import Self

from pydantic import Field

from ...privacy import Purpose
from ...privacy.consent import Word
from .base import Asked, Model, Text


class Consent(Model):
    """A household's last word on a purpose."""

    purpose: Purpose
    given: bool
    by: str = Field(description="Who wrote it down.")
    how: str = Field(description="How the resident said so.")
    time_us: int

    @classmethod
    def of(cls, word: Word) -> Self:
        """Return what is told of a consent."""
        return cls.model_validate(word, from_attributes=True)


class NewConsent(Asked):
    """A household's word on a purpose."""

    given: bool = Field(strict=True)
    how: Text = Field(description="How the resident said so.", examples=["signed form 17"])


class Erasure(Asked):
    """Why a household is erased."""

    reason: Text
