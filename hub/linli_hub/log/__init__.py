"""The event log: append-only, hash-chained; everything else in the database follows from it."""

from .chain import GENESIS, BrokenChainError, Head, chain, verify
from .record import Record, Row

__all__ = ["GENESIS", "BrokenChainError", "Head", "Record", "Row", "chain", "verify"]
