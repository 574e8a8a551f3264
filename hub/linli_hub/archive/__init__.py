"""Old rows of the log in files, copies of all that is kept, and what proves them whole."""

from .archiver import ARCHIVED, Archiver
from .backup import BackupError, back_up
from .parquet import ArchiveError
from .reader import LogReader
from .restoring import RESTORED, restore
from .verification import verify_log

__all__ = [
    "ARCHIVED",
    "RESTORED",
    "ArchiveError",
    "Archiver",
    "BackupError",
    "LogReader",
    "back_up",
    "restore",
    "verify_log",
]
