"""What people ask of the log: tables that follow from it, each with the queries that read it."""

from .audit import AUDIT
from .doors import DOORS
from .fleet import FLEET
from .incidents import INCIDENTS
from .meters import METERS
from .risks import RISKS

VIEWS = (INCIDENTS, DOORS, METERS, FLEET, AUDIT, RISKS)

__all__ = ["AUDIT", "DOORS", "FLEET", "INCIDENTS", "METERS", "RISKS", "VIEWS"]
