"""Validation: figures of the simulator's own elements beside known ones, with tolerances."""

from .catalogue import NoCheckError, choose, groups
from .check import Check, Group, Result
from .running import run

__all__ = ["Check", "Group", "NoCheckError", "Result", "choose", "groups", "run"]
