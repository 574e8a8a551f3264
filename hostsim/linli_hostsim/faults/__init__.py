"""What fails or attacks, besides power cuts: planned from a scenario's [[faults...]] tables."""

from .plan import Faults

__all__ = ["Faults"]
