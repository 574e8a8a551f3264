"""Opens a row of the log that a table names; whoever shows what it says records the access."""

from collections.abc import Callable

from ..log import Row
from ..projections import Event
from ..projections.event import events
from ..storage import Transaction, log_table
from ..vault import Vault

Page = Callable[[Transaction, int, int], list[Row]]
"""Returns rows of the log: (transaction, after which number, how many at most)."""


def opened(
    transaction: Transaction, vault: Vault, number: int, page: Page = log_table.page
) -> Event | None:
    """Return what row `number` says; None: it was erased, or `page` does not find it."""
    rows = [row for row in page(transaction, number - 1, 1) if row.number == number]
    return next(events(rows, vault), None)
