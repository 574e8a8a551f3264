"""LoRaSim's experiments (Bor, Roedig, Voigt and Alonso, MSWiM 2016) with its rules and its quirks.

They tell whether our arrays of frames collide as those of the programme that others compare with.
Parameters and rules are those of its loraDir.py, version 0.2.1.
"""

from .experiments import EXPERIMENTS, Experiment
from .placement import FAITHFUL, MENDED, PlacementError, Quirks
from .run import Run, run

__all__ = [
    "EXPERIMENTS",
    "FAITHFUL",
    "MENDED",
    "Experiment",
    "PlacementError",
    "Quirks",
    "Run",
    "run",
]
