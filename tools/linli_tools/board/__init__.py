"""`linli board`: an emulated board on the desk, and a hand at its pins."""

import typer

from .do import do
from .start import start

app = typer.Typer(
    help="An emulated board on the desk: start it, press its buttons, cut its power.",
    no_args_is_help=True,
)

app.command("start")(start)
app.command("do")(do)
