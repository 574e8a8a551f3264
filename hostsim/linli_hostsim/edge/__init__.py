"""The simulated edge: a service queue, the hub behind it, the nodes that run it, their repair."""

from .cluster import Cause, Cluster, Interruption
from .node import EdgeNode
from .queue import ServiceQueue

__all__ = ["Cause", "Cluster", "EdgeNode", "Interruption", "ServiceQueue"]
