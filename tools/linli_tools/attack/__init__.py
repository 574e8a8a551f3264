"""`linli attack`: forged, damaged, replayed and stale packets against real ends of the protocol."""

from .command import attack

__all__ = ["attack"]
