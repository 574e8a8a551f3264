"""What takes two persons."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from ...people import Entry
from ...people import Proposal as Made
from ...people.proposal_records import PROPOSED
from ...privacy.anonymity import LEAST_K
from .base import Address, Asked, Model, Text, address_text

_Second = Annotated[int, Field(ge=0, le=0xFFFFFFFF, strict=True)]


class Device(Asked):
    """A device."""

    device: Address


class Valve(Device):
    """A meter, and what its valve is to be."""

    state: Literal["open", "closed"]


class Leaving(Device):
    """A device that is to destroy what it holds; one that is `lost` is not waited for."""

    lost: bool = Field(default=False, strict=True)


class Export(Asked):
    """What of the log leaves the site, k-anonymous."""

    what: Literal["readings", "passages"]
    begin_s: _Second = Field(description="Unix s")
    end_s: _Second = Field(description="Unix s, up to 366 days after `begin_s`")
    k: int = Field(default=5, ge=LEAST_K, le=1_000_000, strict=True)


class _NewProposal(Asked):
    reason: Text = Field(description="For the second person, and the audit.")


class DoorRelease(_NewProposal):
    """A door is to be opened once."""

    operation: Literal["door release"]
    arguments: Device


class ValveMove(_NewProposal):
    """A meter's valve is to be moved."""

    operation: Literal["valve"]
    arguments: Valve


class KeyExport(_NewProposal):
    """A device's root key is to be handed out."""

    operation: Literal["key export"]
    arguments: Device


class BulkExport(_NewProposal):
    """Readings or passages are to leave the site."""

    operation: Literal["bulk export"]
    arguments: Export


class Decommission(_NewProposal):
    """A device is to be served no more."""

    operation: Literal["decommission"]
    arguments: Leaving


NewProposal = Annotated[
    DoorRelease | ValveMove | KeyExport | BulkExport | Decommission,
    Field(discriminator="operation"),
]
"""What somebody wants done, which another person has to approve."""


class Proposal(Model):
    """A proposal, and what became of it."""

    number: int
    operation: str
    arguments: dict[str, Any]
    proposer: str
    reason: str
    made_us: int
    state: str = Field(description="The kind of its last record.")
    by: str | None = Field(description="Who approved or withdrew it.")
    settled_us: int | None
    outcome: str | None = Field(description="What came of it, once it is done.")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return what is told of a proposal."""
        return cls._told(entry.proposal, entry.state, entry.by, entry.settled_us, entry.outcome)

    @classmethod
    def made(cls, proposal: Made) -> Self:
        """Return what is told of a proposal that was made just now."""
        return cls._told(proposal, PROPOSED, None, None, None)

    @classmethod
    def _told(
        cls,
        proposal: Made,
        state: str,
        by: str | None,
        settled_us: int | None,
        outcome: str | None,
    ) -> Self:
        return cls(
            number=proposal.number,
            operation=proposal.operation,
            arguments=_with_addresses(proposal.arguments),
            proposer=proposal.proposer,
            reason=proposal.reason,
            made_us=proposal.made_us,
            state=state,
            by=by,
            settled_us=settled_us,
            outcome=outcome,
        )


class Outcome(Model):
    """What came of a proposal that was approved."""

    outcome: str


def _with_addresses(arguments: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(arguments)
    if "device" in told:
        told["device"] = address_text(told["device"])
    return told
