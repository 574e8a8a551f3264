"""Long tables, a hundred rows a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

_T = TypeVar("_T")
ROWS = 100


@dataclass(frozen=True, slots=True)
class Sheet(Generic[_T]):
    """Page `number` of `last`, from 1, of `count` rows."""

    rows: Sequence[_T]
    number: int
    last: int
    count: int


def sheet(rows: Sequence[_T], number: int) -> Sheet[_T]:
    """Return a page of rows; the nearest one there is."""
    last = max(1, -(-len(rows) // ROWS))
    number = min(max(number, 1), last)
    return Sheet(rows[(number - 1) * ROWS : number * ROWS], number, last, len(rows))
