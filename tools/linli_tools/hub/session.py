"""`linli hub login`, `logout`, `whoami` and `token`: as whom a hub is asked."""

from pathlib import Path
from typing import Annotated

import typer

from ..failure import Failure
from .client import Client, Server, client
from .logins import Login, forget, keep, login
from .opening import AsJson
from .tables import show_json


def log_in(
    server: Annotated[str, typer.Option(metavar="URL", help="The hub's address.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="Who logs in.")],
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The password; asked for without it.")
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Whose certificate the hub has, if none known here."),
    ] = None,
) -> None:
    """Log in to a hub, and keep the token for other commands: 12 hours, for this user alone."""
    authority = None if ca is None else str(ca.resolve())
    if password_file is None:
        password = str(typer.prompt(f"Password of {name}", hide_input=True))
    else:
        password = password_file.read_text(encoding="utf-8").rstrip("\n")
    asked = Client(Login(server, "", authority))
    token = asked.post("/log-in", name=name, password=password)["token"]
    path = keep(Login(server, token, authority))
    typer.echo(f"logged in at {server} as {name}; token kept in {path}")


def log_out() -> None:
    """End the token that is kept, at the hub, too."""
    kept = login(None)
    if kept is None:
        raise Failure("nobody is logged in")
    # A hub that is gone, or has forgotten the token, keeps nobody from forgetting it here.
    forget()
    Client(kept).post("/log-out")
    typer.echo(f"logged out at {kept.server}")


def who_am_i(server: Server = None, as_json: AsJson = False) -> None:
    """Tell who the hub takes one for, and what that person may do."""
    me = client(server).get("/me")
    if as_json:
        show_json(me)
    else:
        typer.echo(f"{me['name']}, {me['role']}: {', '.join(me['permissions'])}")


def token(
    days: Annotated[int, typer.Option(min=1, max=366, help="For how long it is good.")] = 30,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Make a token of one's own for a program, such as Prometheus, and print it this once."""
    made = client(server).post("/tokens", days=days)
    if as_json:
        show_json(made)
    else:
        typer.echo(made["token"])
