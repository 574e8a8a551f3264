"""The facts: small values by name, the latest only."""

from collections.abc import Mapping

from .database import Transaction


def load(transaction: Transaction) -> dict[str, bytes]:
    """Return all facts."""
    found = transaction.query("SELECT name, content FROM facts")
    return {name: bytes(content) for name, content in found}


def change(transaction: Transaction, changes: Mapping[str, bytes | None]) -> None:
    """Set facts to their new values; None removes one."""
    gone = [(name,) for name, content in changes.items() if content is None]
    kept = [(name, content) for name, content in changes.items() if content is not None]
    if gone:
        transaction.execute_all("DELETE FROM facts WHERE name = ?", gone)
    if kept:
        transaction.execute_all(
            "INSERT INTO facts (name, content) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET content = excluded.content",
            kept,
        )
