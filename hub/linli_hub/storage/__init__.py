"""Where the log and all that follows from it is kept: SQLite or PostgreSQL, by one interface."""

from .archives import Archive
from .database import Database, NotLeadingError, StorageError, Transaction, UnfitError
from .opening import follows, leads, open_database, open_to_read, standbys

__all__ = [
    "Archive",
    "Database",
    "NotLeadingError",
    "StorageError",
    "Transaction",
    "UnfitError",
    "follows",
    "leads",
    "open_database",
    "open_to_read",
    "standbys",
]
