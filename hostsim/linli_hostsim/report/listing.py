"""A table of the page: rows of text under headings."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of text under `headings`; the columns `words` hold no numbers.

    `left_out` rows more are elsewhere.
    """

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: Sequence[int] = (0,)
    left_out: int = 0
