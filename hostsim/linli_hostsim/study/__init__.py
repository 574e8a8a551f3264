"""The promises of the 2025 feasibility study, each examined by simulation under stated assumptions.

The study's figures are those of the project's `reference/community.md`; they are claims, not
measurements of ours.
"""

from .catalogue import NoPromiseError, choose, promises
from .finding import Finding, Verdict
from .promise import Inputs, Promise
from .running import AssumptionError, run

__all__ = [
    "AssumptionError",
    "Finding",
    "Inputs",
    "NoPromiseError",
    "Promise",
    "Verdict",
    "choose",
    "promises",
    "run",
]
