"""Who may do what at the hub, and what takes two."""

from .accounts import PEOPLE, PERSON, Accounts, Person
from .proposals import Operation, Proposal, ProposalError, Proposals
from .roles import Permission, Role

__all__ = [
    "PEOPLE",
    "PERSON",
    "Accounts",
    "Operation",
    "Permission",
    "Person",
    "Proposal",
    "ProposalError",
    "Proposals",
    "Role",
]
