"""`linli board do`: drive a running board's pins, hold a card to its reader, cut its power."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .actions import ARGUMENTS, Action
from .control import ask


def do(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The board's, as `linli board start` says it.")
    ],
    action: Annotated[Action, typer.Argument(help="See above.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGUMENT", help="Of the action.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Do something to the board that runs in FOLDER.

    drive PIN 0|1 · release PIN · adc PIN MILLIVOLTS · count PIN PULSES · card FACILITY NUMBER ·
    power on|off|dip · pins

    PIN is a name in the board's configuration, and then 1 is active; or a number, and 1 is high.
    What is driven stays so until it is released.
    """
    given = arguments or []
    if len(given) != len(ARGUMENTS[action]):
        raise typer.BadParameter(f"{action} takes {' '.join(ARGUMENTS[action]) or 'nothing more'}")
    result = ask(folder, action, given)
    if as_json:
        typer.echo(json.dumps(result))
        return
    width = max(map(len, result), default=0)
    for name, state in result.items():
        typer.echo(f"{name:{width}}  {state}")
