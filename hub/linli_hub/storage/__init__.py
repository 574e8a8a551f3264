"""Where the log and all that follows from it is kept: SQLite or PostgreSQL, by one interface."""

from .archives import Archive
from .database import Database, StorageError, Transaction
from .opening import open_database, open_to_read

__all__ = ["Archive", "Database", "StorageError", "Transaction", "open_database", "open_to_read"]
