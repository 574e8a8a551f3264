"""The hub at work: the protocol core with a memory, and the loop that carries its packets."""

from .engine import Clock, Engine, Keep
from .service import Service

__all__ = ["Clock", "Engine", "Keep", "Service"]
