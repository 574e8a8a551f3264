"""The command, its table and its JSON."""

import json
import sys
import time
from collections import Counter
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from linli_protocol import refusals
from linli_protocol.words import REFUSALS

from ..failure import Failure
from ..progress import job_bar
from .campaign import Outcome
from .classes import CLASSES
from .ends import UNKNOWN_DEVICE

WIDE = 160  # columns, where no terminal sets a limit

# What REFUSALS says, in a column's width.
_HEADINGS = {
    REFUSALS[refusals.WRONG_VERSION]: "version",
    REFUSALS[refusals.WRONG_DIRECTION]: "direction",
    REFUSALS[refusals.WRONG_DEVICE]: "address",
    REFUSALS[refusals.WRONG_TAG_LENGTH]: "tag length",
    REFUSALS[refusals.NO_SESSION]: "no session",
    REFUSALS[refusals.REPLAYED]: "replayed",
    REFUSALS[refusals.FORGED]: "forged",
    REFUSALS[refusals.MALFORMED]: "malformed",
    REFUSALS[refusals.JOIN_REFUSED]: "join",
    REFUSALS[refusals.JOIN_LIMITED]: "join limit",
    UNKNOWN_DEVICE: "unknown device",
}


def attack(
    packets: Annotated[int, typer.Option(min=1, help="About how many to send.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Of the attacker's chance.")] = 1,
    board: Annotated[
        int,
        typer.Option(min=0, metavar="PACKETS", help="About how many to an emulated board, too."),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Send forged, damaged, replayed and stale packets to the hub and to devices.

    They are the real ones, in the middle of their life. Fails if any packet is accepted, if any
    state is changed, or if what was held back from an end is not taken after all.
    """
    from .campaign import run
    from .ends import scene

    began = time.monotonic()
    prepared = scene(seed)
    with job_bar(shown=sys.stderr.isatty()) as progress:
        outcomes = run(prepared.ends, packets, seed, progress)
    wrong = [
        f"{end}: {line}" for end, outcome in outcomes.items() for line in outcome.changed
    ] + prepared.is_well()
    if board:
        outcomes["emulated board"] = _board(board, seed)
        wrong += outcomes["emulated board"].changed
    seconds = time.monotonic() - began
    if as_json:
        typer.echo(json.dumps(_as_json(outcomes, wrong, seed, seconds), indent=1))
    else:
        _show(outcomes, wrong, seconds)
    if wrong or any(outcome.accepted for outcome in outcomes.values()):
        raise typer.Exit(1)


def _board(packets: int, seed: int) -> Outcome:
    try:
        from .board import attack_board
    except ImportError as error:
        raise Failure(f"{error.name} is not installed: pip install 'linli[hil]'") from None
    with job_bar(shown=sys.stderr.isatty()) as progress:
        return attack_board(packets, seed, progress)


def _as_json(
    outcomes: dict[str, Outcome], wrong: list[str], seed: int, seconds: float
) -> dict[str, Any]:
    return {
        "seed": seed,
        "seconds": round(seconds, 1),
        "sent": sum(outcome.sent.total() for outcome in outcomes.values()),
        "accepted": sum(outcome.accepted for outcome in outcomes.values()),
        "wrong": wrong,
        "refused": {end: outcome.refused for end, outcome in outcomes.items()},
    }


def _show(outcomes: dict[str, Outcome], wrong: list[str], seconds: float) -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    console.print(_table(outcomes))
    sent = sum(outcome.sent.total() for outcome in outcomes.values())
    accepted = sum(outcome.accepted for outcome in outcomes.values())
    ends = ", ".join(outcomes)
    console.print(f"{sent:,} packets to {ends} in {seconds:.0f} s: {accepted} accepted.")
    if not wrong:
        console.print("No state has changed; what was held back is taken, and all work on.")
    for line in wrong:
        console.print(f"[red]{line}[/]", soft_wrap=True)


def _table(outcomes: dict[str, Outcome]) -> Table:
    """Return classes by reasons, for all ends together."""
    rows: dict[str, Counter[str]] = {}
    for outcome in outcomes.values():
        for name, counts in outcome.refused.items():
            rows.setdefault(name, Counter()).update(counts)
    reasons = [reason for reason, _ in sum(rows.values(), Counter[str]()).most_common()]
    table = Table(title="Refused, by class of attack and reason", title_justify="left")
    table.add_column("", no_wrap=True)
    for reason in (*reasons, "all"):
        table.add_column(_HEADINGS.get(reason, reason), justify="right")
    # An emulated board has one row, behind the others.
    for name in sorted(rows, key=lambda name: [*CLASSES, name].index(name)):
        counts = rows[name]
        cells = (f"{counts[reason]:,}" if counts[reason] else "" for reason in reasons)
        table.add_row(name, *cells, f"{counts.total():,}")
    total = sum(rows.values(), Counter[str]())
    table.add_section()
    table.add_row("all", *(f"{total[reason]:,}" for reason in reasons), f"{total.total():,}")
    return table
