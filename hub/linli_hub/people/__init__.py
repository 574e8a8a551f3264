"""Who may do what at the hub, and what takes two."""

from .accounts import PEOPLE, PERSON, Accounts, Person
from .proposal_records import PROPOSALS, Entry, history, restored
from .proposals import Operation, Proposal, ProposalError, Proposals
from .roles import Permission, Role

__all__ = [
    "PEOPLE",
    "PERSON",
    "PROPOSALS",
    "Accounts",
    "Entry",
    "Operation",
    "Permission",
    "Person",
    "Proposal",
    "ProposalError",
    "Proposals",
    "Role",
    "history",
    "restored",
]
