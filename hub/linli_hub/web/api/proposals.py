"""What takes two persons."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request

from ...people import Operation
from ..auth import Asker
from ..context import context
from ..models.base import Before, Limit, Row
from ..models.proposals import NewProposal, Outcome, Proposal

router = APIRouter(prefix="/proposals", tags=["proposals"])


@router.get("", summary="List proposals")
async def proposals(
    request: Request,
    asker: Asker,
    before: Annotated[Before, Query()] = None,
    limit: Annotated[Limit, Query()] = 100,
) -> list[Proposal]:
    """Return proposals, the newest first, and what became of them."""
    found = await context(request).desk.proposals(asker, before, limit)
    return [Proposal.of(each) for each in found]


@router.post("", status_code=HTTPStatus.CREATED, summary="Propose an operation")
async def propose(
    request: Request, asker: Asker, asked: Annotated[NewProposal, Body()]
) -> Proposal:
    """Enter a proposal, which another person approves within 15 min, or it is void."""
    made = await context(request).desk.propose(
        asker, Operation(asked.operation), asked.arguments.model_dump(), asked.reason
    )
    return Proposal.made(made)


@router.post("/{number}/approval", summary="Approve a proposal")
async def approve(request: Request, asker: Asker, number: Row) -> Outcome:
    """Approve another person's proposal, have it done, and return what came of it."""
    return Outcome(outcome=await context(request).desk.approve(asker, number))


@router.post(
    "/{number}/withdrawal", status_code=HTTPStatus.NO_CONTENT, summary="Withdraw a proposal"
)
async def withdraw(request: Request, asker: Asker, number: Row) -> None:
    """Take one's own proposal back, or decline another person's."""
    await context(request).desk.withdraw(asker, number)


@router.post("/{number}/collection", summary="Collect what an approved export hands over")
async def collect(request: Request, asker: Asker, number: Row) -> dict[str, Any]:
    """Return one's own export, once; after 15 min it is gone."""
    return dict(await context(request).desk.collect(asker, number))
