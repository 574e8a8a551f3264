"""One number with its unit and whose it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured, `by` which implementation."""

    what: str
    by: str
    value: float
    unit: str
