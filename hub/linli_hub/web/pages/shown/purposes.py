"""A household's consents as pages show them: a word on every purpose, or that there is none."""

from collections.abc import Iterable
from dataclasses import dataclass

from ....privacy import Purpose
from ....privacy.consent import Word


@dataclass(frozen=True, slots=True)
class Row:
    """What a household has said last of a purpose; `time_us` is None when it has said nothing."""

    purpose: str
    is_given: bool
    by: str = ""
    how: str = ""
    time_us: int | None = None


def rows(said: Iterable[Word]) -> list[Row]:
    """Return every purpose that needs consent, with what the household has said."""
    known = {each.purpose: each for each in said}
    return [_row(purpose, known.get(purpose)) for purpose in Purpose]


def _row(purpose: Purpose, word: Word | None) -> Row:
    if word is None:
        return Row(purpose, False)
    return Row(purpose, word.given, word.by, word.how, word.time_us)
