"""The protocol core of the edge hub: sans-IO, at work in the live hub and in the simulated node."""

from .hub import Hub

__all__ = ["Hub"]
