"""A table of the page: rows of text under headings."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of text under `headings`; what the first `words` columns hold is no number.

    `left_out` rows more are elsewhere.
    """

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    left_out: int = 0
