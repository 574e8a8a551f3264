"""The bundles of updates, by the SM3 of their bytes in hexadecimal."""

from collections.abc import Iterator

from .database import Transaction


def put(transaction: Transaction, digest: str, content: bytes) -> None:
    """Add a bundle; nothing happens when it is there."""
    transaction.execute(
        "INSERT INTO bundles (digest, content) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING",
        [digest, content],
    )


def get(transaction: Transaction, digest: str) -> bytes | None:
    """Return a bundle, None when it is not there."""
    found = transaction.query("SELECT content FROM bundles WHERE digest = ?", [digest])
    return bytes(found[0][0]) if found else None


def each(transaction: Transaction) -> Iterator[tuple[str, bytes]]:
    """Go through all of them, one in memory at a time."""
    for (digest,) in transaction.query("SELECT digest FROM bundles"):
        content = get(transaction, digest)
        assert content is not None
        yield digest, content


def remove(transaction: Transaction, digest: str) -> None:
    """Forget a bundle; nothing happens when it is not there."""
    transaction.execute("DELETE FROM bundles WHERE digest = ?", [digest])
