"""The edge hub's protocol core: sans-IO, the simulated edge node here and the live hub's heart."""

from .core import Hub

__all__ = ["Hub"]
